import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultLogFormat, type LogEntry, type LogFormatSettings, writeEntry } from './log-format.ts'

const entry: LogEntry = {
  time: Date.UTC(2026, 10, 21, 5, 0, 0, 123) * 1000 + 456,
  level: 'warning',
  category: 'queue',
  message: 'one,\n  two',
}

function check(changes: Partial<LogFormatSettings>, expected: string | object): void {
  const written = writeEntry(entry, { ...defaultLogFormat, ...changes })
  assert.ok(written.endsWith('\n'))
  if (typeof expected === 'string') assert.equal(written.slice(0, -1), expected)
  else assert.deepEqual(Object.entries(JSON.parse(written)), Object.entries(expected))
}

test('a line is made of what its template names', () => {
  check({ template: '$level/$domain: $msg.' }, 'warning/rabbitmq.queue: one,.\nwarning/rabbitmq.queue:   two.')
  check({ template: '$nothing$msg', singleLine: true }, 'one, two')
})

test('times are told as RabbitMQ can tell them', () => {
  const only = { template: '$time', singleLine: true }
  check({ ...only, time: 'rfc3339_space' }, '2026-11-21 05:00:00.123456+00:00')
  check({ ...only, time: 'rfc3339_T' }, '2026-11-21T05:00:00.123456+00:00')
  check({ ...only, time: 'epoch_usecs' }, '1795237200123456')
  check({ ...only, time: 'epoch_secs' }, '1795237200.123456')
  assert.match(
    writeEntry(entry, { ...defaultLogFormat, ...only, time: 'lager_default' }),
    /^2026-11-2\d \d\d:\d\d:00\.123\n$/,
  )
})

test('levels have long and short names', () => {
  const only = { template: '$level', singleLine: true }
  for (const [level, name] of Object.entries({
    ...{ lc: 'warning', uc: 'WARNING', lc3: 'wrn', uc3: 'WRN', lc4: 'warn', uc4: 'WARN' },
  })) {
    check({ ...only, level: level as LogFormatSettings['level'] }, name)
  }
})

test('fields of JSON are renamed, put in order and left out', () => {
  const kind = { kind: 'json', singleLine: true, time: 'epoch_secs' } as const
  const rest = { domain: 'rabbitmq.queue', pid: `<0.${process.pid}.0>` }
  check(kind, { time: 1795237200, level: 'warning', msg: 'one, two', ...rest })
  check(
    {
      ...kind,
      verbosity: new Map([['warning', 3]]),
      fieldMap: [
        ['level', 'severity'],
        ['time', false],
        ['none', 'x'],
      ],
    },
    { severity: 'warning', msg: 'one, two', ...rest, verbosity: 3 },
  )
  check(
    {
      ...kind,
      fieldMap: [
        ['msg', 'message'],
        ['*', false],
      ],
    },
    { message: 'one, two' },
  )
})
