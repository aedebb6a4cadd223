import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { connect } from 'amqplib'
import { VirtualClock } from '../../src/std/virtual-clock.ts'
import { TestAuthority, TestFolder } from '../support/certificates.ts'
import { type Answering, FakeHttpService, type HttpQuestion } from '../support/http-backend.ts'
import { Lapine } from '../support/lapine.ts'
import { closureOf, Session } from '../support/session.ts'
import { loginOf, only } from '../support/target.ts'
import { within } from '../support/waiting.ts'
import type { WireClient } from '../support/wire-client.ts'
import { greet, logIn, logInWithChannel, startOk } from '../support/wire-login.ts'

const configured = only({ lapine: 'it needs a configuration and a service of its own' })

/** Clients that are gone before their broker stops, which would wait for them. */
const clients: WireClient[] = []

interface World {
  readonly broker: Lapine
  readonly service: FakeHttpService
}

/** A service that lets ann in, as administrator, and allows her what `answer` does not answer otherwise. */
async function start(
  t: TestContext,
  answer: Answering = () => undefined,
  lines: readonly string[] = [],
): Promise<World> {
  const service = await FakeHttpService.start(async (question) => (await answer(question)) ?? usual(question))
  const broker = await Lapine.start({ configuration: [...pathsTo(service), ...lines].join('\n') })
  t.after(async () => {
    await stop(broker)
    await service.stop()
  })
  return { broker, service }
}

function usual({ path, parameters }: HttpQuestion): string {
  if (path !== '/auth/user') return 'allow'
  return parameters.username === 'ann' && parameters.password === 'secret' ? 'allow Administrator  management' : 'deny'
}

function pathsTo(service: FakeHttpService): string[] {
  const paths = ['user', 'vhost', 'resource', 'topic'].map(
    (name) => `auth_http.${name}_path = ${service.url}/auth/${name}`,
  )
  return ['auth_backends.1 = http', ...paths]
}

const asAnn = (broker: Lapine) => ({ ...loginOf(broker.url), user: 'ann', password: 'secret' })

async function stop(broker: Lapine): Promise<void> {
  for (const client of clients.splice(0)) client.destroy()
  await broker.stop()
}

async function open(broker: Lapine): Promise<WireClient> {
  const client = await logInWithChannel(asAnn(broker))
  clients.push(client)
  return client
}

async function refusal(broker: Lapine, user: string, password: string): Promise<unknown> {
  const { client } = await greet(loginOf(broker.url))
  clients.push(client)
  startOk(client, { ...loginOf(broker.url), user, password })
  const answer = await client.next()
  return answer.fields.text
}

for (const method of ['get', 'post']) {
  test(`the service is asked in RabbitMQ's form, by ${method}`, configured, async (t) => {
    const { broker, service } = await start(t, undefined, [`auth_http.http_method = ${method}`])
    const client = await open(broker)
    await client.call(1, 'exchange.declare', { exchange: 'a b&c', type: 'topic' })
    await client.call(1, 'queue.declare', { queue: 'ä', durable: false })
    await client.call(1, 'queue.bind', { queue: 'ä', exchange: 'a b&c', routingKey: 'x.*' })
    client.publish(1, { exchange: 'a b&c', routingKey: 'x.y' }, 'hello')
    await client.call(1, 'basic.consume', { queue: 'ä', noAck: true })
    await client.expect('basic.deliver')
    const of = (path: string) => service.askedAt(path).map(({ parameters }) => parameters)
    assert.ok(service.questions.every((question) => question.method === method.toUpperCase()))
    assert.deepEqual(of('/auth/user'), [{ username: 'ann', password: 'secret' }])
    const tags = 'administrator management'
    assert.deepEqual(of('/auth/vhost'), [{ username: 'ann', vhost: '/', ip: '127.0.0.1', tags }])
    const resource = (resource: string, name: string, permission: string) => ({
      username: 'ann',
      vhost: '/',
      resource,
      name,
      permission,
      tags,
    })
    assert.deepEqual(of('/auth/resource'), [
      resource('exchange', 'a b&c', 'configure'),
      resource('queue', 'ä', 'configure'),
      resource('queue', 'ä', 'write'),
      resource('exchange', 'a b&c', 'read'),
      resource('exchange', 'a b&c', 'write'),
      resource('queue', 'ä', 'read'),
    ])
    const topic = (permission: string, key: string) => ({
      ...resource('topic', 'a b&c', permission),
      routing_key: key,
      'variable_map.username': 'ann',
      'variable_map.vhost': '/',
    })
    assert.deepEqual(of('/auth/topic'), [topic('read', 'x.*'), topic('write', 'x.y')])
  })
}

test('what was allowed is not asked again on the same connection', configured, async (t) => {
  const { broker, service } = await start(t)
  const client = await open(broker)
  const declared = await client.call(1, 'queue.declare', { exclusive: true })
  await client.call(1, 'confirm.select')
  for (let i = 0; i < 50; i++) client.publish(1, { routingKey: String(declared.fields.queue) }, 'x')
  for (let confirmed = 0; confirmed < 50; ) {
    const ack = await client.expect('basic.ack')
    confirmed = Number(ack.fields.deliveryTag)
  }
  const writes = service.askedAt('/auth/resource').filter(({ parameters }) => parameters.permission === 'write')
  assert.deepEqual(
    writes.map(({ parameters }) => parameters.name),
    ['amq.default'],
  )
})

test('frames that wait for the service keep their order', configured, async (t) => {
  const { broker, service } = await start(t)
  const client = await open(broker)
  const gate = Promise.withResolvers<void>()
  service.answer = async (question) => {
    if (question.parameters.permission === 'write') await gate.promise
    return 'allow'
  }
  await client.call(1, 'queue.declare', { queue: 'q' })
  client.publish(1, { routingKey: 'q' }, 'first')
  client.publish(1, { routingKey: 'q' }, 'second')
  client.publish(1, { routingKey: 'nowhere', mandatory: true }, 'third')
  client.send(1, 'queue.declare', { queue: 'q', passive: true })
  gate.resolve()
  const names: (string | undefined)[] = []
  while (names.at(-1) !== 'queue.declare-ok') names.push((await client.next()).name)
  assert.ok(names.includes('basic.return'), 'the third publish came before the declaration')
  for (const body of ['first', 'second']) {
    client.send(1, 'basic.get', { queue: 'q', noAck: true })
    await client.expect('basic.get-ok')
    await client.next()
    assert.equal((await client.next()).payload.toString(), body)
  }
})

const wrong: readonly (readonly [what: string, answer: string | { status: number; body: string }, logged: RegExp])[] = [
  ['deny', 'deny', /PLAIN login refused: Denied by the backing HTTP service/],
  ['deny with a reason', 'deny too late', /HTTP authentication denied for user 'ann': too late/],
  ['DENY', 'DENY', /Denied by the backing HTTP service/],
  ['something else', 'perhaps', /neither allow nor deny/],
  ['nothing', '', /neither allow nor deny/],
  ['what only begins like it', 'allowed', /neither allow nor deny/],
  ['another status', { status: 500, body: 'allow' }, /answered with status 500/],
  ['a redirection', { status: 302, body: 'allow' }, /answered with status 302/],
  ['a flood', 'allow'.padEnd(100_000), /more than 65536 bytes/],
]

test('nobody is let in by any answer but allow', configured, async (t) => {
  const { broker, service } = await start(t, undefined, ['lapine.login_failures_per_user = infinity'])
  for (const [what, answer, logged] of wrong) {
    service.answer = () => answer
    const text = await refusal(broker, 'ann', 'secret')
    assert.match(String(text), /^ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN/, what)
    assert.ok(
      broker.log.lines.some((line) => logged.test(line)),
      `${what}: ${broker.log.lines.slice(-3).join('\n')}`,
    )
    assert.ok(!broker.log.lines.some((line) => line.includes('secret')), 'no password in the log')
  }
  service.answer = () => ({ status: 201, body: ' ALLOW \n' })
  assert.equal(await refusal(broker, 'ann', 'secret'), undefined)
})

test('a refused virtual host is told as by RabbitMQ', configured, async (t) => {
  const { broker } = await start(t, ({ path }) => (path === '/auth/vhost' ? 'deny not today' : undefined))
  await assert.rejects(logIn(asAnn(broker)), /NOT_ALLOWED - access to vhost '\/' refused for user 'ann'"/)
})

const operations: readonly (readonly [
  what: string,
  denied: Partial<HttpQuestion['parameters']>,
  run: (client: WireClient) => void,
  text: string,
])[] = [
  [
    'a declaration',
    { name: 'q', permission: 'configure' },
    (client) => client.send(1, 'queue.declare', { queue: 'q' }),
    "configure access to queue 'q' in vhost '/' refused for user 'ann'",
  ],
  [
    'a publish',
    { name: 'amq.default', permission: 'write' },
    (client) => client.publish(1, { routingKey: 'q' }, 'x'),
    "write access to exchange 'amq.default' in vhost '/' refused for user 'ann'",
  ],
  [
    'a topic',
    { resource: 'topic', routing_key: 'k' },
    (client) => client.publish(1, { exchange: 'amq.topic', routingKey: 'k' }, 'x'),
    "write access to topic 'k' in exchange 'amq.topic' in vhost '/' refused for user 'ann'",
  ],
  [
    'a consumer',
    { name: 'amq.rabbitmq.reply-to', permission: 'read' },
    (client) => client.send(1, 'basic.consume', { queue: 'amq.rabbitmq.reply-to', noAck: true }),
    "read access to queue 'amq.rabbitmq.reply-to' in vhost '/' refused for user 'ann'",
  ],
]

for (const [what, denied, run, text] of operations) {
  test(
    `${what} that the service denies closes the channel, with its reason if that is wanted`,
    configured,
    async (t) => {
      const isDenied = ({ parameters }: HttpQuestion) =>
        Object.entries(denied).every(([name, value]) => parameters[name] === value)
      const deny: Answering = (question) => (isDenied(question) ? 'deny Ask Bob' : undefined)
      const { broker } = await start(t, deny)
      const silent = await open(broker)
      run(silent)
      const close = await silent.expect('channel.close')
      assert.deepEqual([close.fields.code, close.fields.text], [403, `ACCESS_REFUSED - ${text}`])
      const { broker: open2 } = await start(t, deny, ['auth_http.authorization_failure_disclosure = true'])
      const told = await open(open2)
      run(told)
      const reason = await told.expect('channel.close')
      assert.equal(reason.fields.text, `ACCESS_REFUSED - ${text} by backend rabbit_auth_backend_http: Ask Bob`)
    },
  )
}

test('a service that fails is a refusal, and the channel can be opened again', configured, async (t) => {
  let broken = true
  const { broker } = await start(t, ({ path }) =>
    path === '/auth/resource' && broken ? { status: 503, body: 'x' } : undefined,
  )
  const client = await open(broker)
  client.send(1, 'queue.declare', { queue: 'q' })
  const close = await client.expect('channel.close')
  assert.equal(
    close.fields.text,
    "ACCESS_REFUSED - configure access to queue 'q' in vhost '/' refused for user 'ann', backend rabbit_auth_backend_http returned an error: the HTTP service answered with status 503",
  )
  client.send(1, 'channel.close-ok')
  broken = false
  await client.call(1, 'channel.open')
  await client.call(1, 'queue.declare', { queue: 'q' })
})

test('a service that does not answer in time is a refusal', configured, async (t) => {
  const clock = new VirtualClock()
  const service = await FakeHttpService.start(() => undefined)
  const configuration = [...pathsTo(service), 'auth_http.request_timeout = 5000'].join('\n')
  const broker = await Lapine.start({ configuration, clock })
  t.after(async () => {
    await stop(broker)
    await service.stop()
  })
  const answer = refusal(broker, 'ann', 'secret')
  let isOver = false
  const ended = answer.finally(() => {
    isOver = true
  })
  while (!isOver) {
    await broker.elapse(1000)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.match(String(await ended), /Login was refused/)
  assert.ok(broker.log.lines.some((line) => /no answer of the HTTP service within 5000 ms/.test(line)))
})

test('backends are asked in their order, and authorization may be another one’s', configured, async (t) => {
  const service = await FakeHttpService.start(usual)
  const configuration = [
    ...pathsTo(service).slice(1),
    'auth_backends.2.authn = http',
    'auth_backends.2.authz = internal',
    'auth_backends.1 = internal',
    'default_user = ann',
    'default_pass = other',
    'default_permissions.write = ^$',
  ].join('\n')
  const broker = await Lapine.start({ configuration })
  t.after(async () => {
    await stop(broker)
    await service.stop()
  })
  const own = await logIn({ ...asAnn(broker), password: 'other' })
  clients.push(own)
  assert.deepEqual(service.questions, [])
  const client = await open(broker)
  assert.deepEqual(
    service.questions.map(({ path }) => path),
    ['/auth/user'],
  )
  client.publish(1, { routingKey: 'q' }, 'x')
  const close = await client.expect('channel.close')
  assert.match(
    String(close.fields.text),
    /write access to exchange 'amq.default' in vhost '\/' refused for user 'ann'$/,
  )
})

test('answers are remembered over connections for as long as is set', configured, async (t) => {
  const clock = new VirtualClock()
  const service = await FakeHttpService.start(usual)
  const lines = ['auth_backends.1 = cache', 'auth_cache.cached_backend = http', 'auth_cache.cache_ttl = 60000']
  const configuration = [...pathsTo(service).slice(1), ...lines].join('\n')
  const broker = await Lapine.start({ configuration, clock })
  t.after(async () => {
    await stop(broker)
    await service.stop()
  })
  const work = async (): Promise<number> => {
    const before = service.questions.length
    const client = await logInWithChannel(asAnn(broker))
    await client.call(1, 'queue.declare', { queue: 'q' })
    client.destroy()
    return service.questions.length - before
  }
  assert.equal(await work(), 3)
  assert.equal(await work(), 0)
  assert.match(String(await refusal(broker, 'ann', 'wrong')), /ACCESS_REFUSED/)
  assert.match(String(await refusal(broker, 'ann', 'wrong')), /ACCESS_REFUSED/)
  assert.equal(service.askedAt('/auth/user').length, 3, 'refusals are asked for again')
  await broker.elapse(60_000)
  assert.equal(await work(), 3)
})

test('the service is reached over TLS only where its certificate is good', configured, async (t) => {
  const authority = new TestAuthority()
  const folder = new TestFolder()
  const identity = authority.issue({ names: [['dns', 'localhost']], usage: 'server' })
  const service = await FakeHttpService.start(usual, identity)
  const brokers: Lapine[] = []
  t.after(async () => {
    for (const broker of brokers) await stop(broker)
    await service.stop()
    folder.remove()
  })
  const answerWith = async (...lines: string[]) => {
    const broker = await Lapine.start({ configuration: [...pathsTo(service), ...lines].join('\n') })
    brokers.push(broker)
    return await refusal(broker, 'ann', 'secret')
  }
  const trusting = `auth_http.ssl_options.cacertfile = ${folder.write('ca.pem', authority.cert)}`
  assert.equal(await answerWith(trusting), undefined)
  assert.match(String(await answerWith()), /Login was refused/)
  assert.match(String(await answerWith(trusting, 'auth_http.ssl_options.sni = other.example')), /Login was refused/)
  assert.equal(await answerWith('auth_http.ssl_options.verify = verify_none'), undefined)
})

test('amqplib works as against any backend', configured, async (t) => {
  const { broker } = await start(t)
  const session = await Session.open(broker.url.replace('guest:guest', 'ann:secret'), {
    queues: new Set(),
    exchanges: new Set(),
  })
  const channel = await session.confirmChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  channel.sendToQueue(queue, Buffer.from('x'))
  await within(channel.waitForConfirms(), 'the confirm')
  assert.ok(await channel.get(queue))
  await session.close()
  const closure = await connect(broker.url).then(
    () => undefined,
    (error: unknown) => closureOf(error),
  )
  assert.match(closure?.text ?? '', /ACCESS_REFUSED/)
})
