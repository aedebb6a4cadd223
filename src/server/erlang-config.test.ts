import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readErlangArguments, readErlangConfiguration } from './erlang-config.ts'

const read = (content: string) => {
  const { assignments, problems, passedOver } = readErlangConfiguration(content, 'advanced.config')
  return {
    set: Object.fromEntries(assignments.map(({ key, value }) => [key.join('.'), value])),
    problems: problems.map(({ text }) => text),
    passedOver: passedOver.map(({ text }) => text.replace(/:.*/, '')),
  }
}

test('plain settings of advanced.config mean what they mean in rabbitmq.conf', () => {
  const content = `%% advanced
[
  {rabbit, [
    {consumer_timeout, undefined}, % for ever
    {heartbeat, 30},
    {vm_memory_high_watermark, {absolute, "2GB"}},
    {default_user, <<"ann">>},
    {default_pass, <<"it's \\"it\\"">>},
    {tcp_listeners, [5672, {"::1", 5673}]}
  ]},
  {rabbitmq_management, [{load_definitions, "/etc/d.json"}]},
  {kernel, [{inet_default_connect_options, [{nodelay, true}]}]}
].
`
  assert.deepEqual(read(content), {
    set: {
      consumer_timeout: 'undefined',
      heartbeat: '30',
      'vm_memory_high_watermark.absolute': '2GB',
      default_user: 'ann',
      default_pass: 'it\'s "it"',
      'management.load_definitions': '/etc/d.json',
    },
    problems: [],
    passedOver: ['rabbit.tcp_listeners', 'kernel.inet_default_connect_options'],
  })
  assert.deepEqual(read('[].'), { set: {}, problems: [], passedOver: [] })
  assert.deepEqual(read('[{rabbit, [{vm_memory_high_watermark, 0.4}]}].').set, {
    'vm_memory_high_watermark.relative': '0.4',
  })
})

test('what is no list of settings is told with its line', () => {
  for (const [content, problem] of [
    ['[{rabbit, [\n{heartbeat, }]}].', "line 2: expected a term of Erlang, found '}]}].'"],
    ['[{rabbit, []}]', "line 1: expected '.'"],
    ['[{rabbit, []}]. more', "line 1: expected nothing more, found 'more'"],
    ['[rabbit].', 'expected a list of {name, value}'],
    ['[{rabbit, [{1, 2}]}].', 'expected a list of {name, value}'],
    [`${'['.repeat(100)}`, `line 1: it is nested too deeply, found '${'['.repeat(20)}'`],
  ] as const) {
    assert.deepEqual(read(content).problems, [problem], content)
  }
})

test('the known forms of arguments of Erlang are settings, the others are told', () => {
  const line = `-rabbitmq_management load_definitions "/etc/my defs.json" +S 4:4 -rabbit consumer_timeout 3600000 -rabbit log '[{console,[]}]'`
  const { assignments, passedOver } = readErlangArguments(line, 'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS')
  assert.deepEqual(
    assignments.map(({ key, value }) => [key.join('.'), value]),
    [
      ['management.load_definitions', '/etc/my defs.json'],
      ['consumer_timeout', '3600000'],
    ],
  )
  assert.deepEqual(
    passedOver.map(({ text }) => text.split(':')[0]),
    ['+S', '-rabbit'],
  )
})
