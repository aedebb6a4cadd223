import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Logger } from '../std/logger.ts'
import { readSettings } from './configuration.ts'
import { openLogger } from './logger.ts'
import { StartRefusal } from './start-refusal.ts'

const now = Date.UTC(2026, 10, 21, 5, 0, 0, 123) * 1000 + 456

/** What lands in the log file under `settings` when `write` has run. */
async function logged(settings: string, write: (logger: Logger) => void): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'lapine-log-'))
  try {
    const content = `log.console = false\nlog.file = t.log\nlog.dir = ${directory}\n${settings}`
    const logger = openLogger((await readSettings([{ path: 'f', content }], {}, {})).settings.log, () => now)
    write(logger)
    await logger.close()
    return readFileSync(join(directory, 't.log'), 'utf8')
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('a line has the shape that tools made for RabbitMQ look for', async () => {
  const line = await logged('', (logger) => logger.info('Server startup complete; 1 plugins started.'))
  assert.equal(
    line,
    `2026-11-21 05:00:00.123456+00:00 [info] <0.${process.pid}.0> Server startup complete; 1 plugins started.\n`,
  )
})

test('every line of a longer message gets the prefix', async () => {
  const lines = (await logged('', (logger) => logger.error('one\ntwo'))).trimEnd().split('\n')
  assert.deepEqual(
    lines.map((line) => line.replace(/^.*> /, '')),
    ['one', 'two'],
  )
  assert.ok(lines.every((line) => line.includes('[error]')))
})

test('lines can be JSON', async () => {
  const line = await logged('log.file.formatter = json', (logger) => logger.category('queue').warning('"a"'))
  assert.deepEqual(JSON.parse(line), {
    time: '2026-11-21 05:00:00.123456+00:00',
    level: 'warning',
    msg: '"a"',
    domain: 'rabbitmq.queue',
    pid: `<0.${process.pid}.0>`,
  })
})

test('levels hold per output and per category', async () => {
  const write = (logger: Logger) => {
    for (const [name, pen] of [
      ['d', logger],
      ['c', logger.category('connection')],
    ] as const) {
      pen.debug(`${name}-debug`)
      pen.info(`${name}-info`)
      pen.error(`${name}-error`)
    }
  }
  const check = async (settings: string, expected: string) => {
    const lines = (await logged(settings, write)).split('\n').filter((line) => line !== '')
    assert.equal(lines.map((line) => line.replace(/^.*> /, '')).join(' '), expected, settings)
  }
  await check('', 'd-info d-error c-info c-error')
  await check('log.file.level = debug', 'd-debug d-info d-error c-debug c-info c-error')
  await check('log.file.level = error', 'd-error c-error')
  await check('log.connection.level = debug', 'd-info d-error c-debug c-info c-error')
  await check('log.connection.level = none', 'd-info d-error')
  await check('log.default.level = error\nlog.connection.level = info', 'd-error c-info c-error')
  await check('log.file.level = error\nlog.connection.level = debug', 'd-error c-error')
})

test('a password inside a URI is struck out', async () => {
  const line = await logged('', (logger) => logger.info('shovel from amqp://ann:secret@host:5672/v failed'))
  assert.match(line, /amqp:\/\/ann:\[redacted\]@host:5672\/v failed/)
})

test('lines keep their order whatever is under way, and the last words come out at once', async () => {
  const text = await logged('', (logger) => {
    for (let index = 0; index < 1000; index++) logger.info(`line ${index}`)
  })
  const numbers = [...text.matchAll(/line (\d+)/g)].map((match) => Number(match[1]))
  assert.deepEqual(
    numbers,
    Array.from({ length: 1000 }, (_, index) => index),
  )
})

test('a log file that cannot be written refuses the start in one sentence', async () => {
  const content = 'log.file = /nonexistent/folder/t.log'
  const { settings } = await readSettings([{ path: 'f', content }], {}, {})
  assert.throws(
    () => openLogger(settings.log),
    (error) => {
      assert(error instanceof StartRefusal)
      assert.match(error.message, /^cannot write the log file .*t\.log: ENOENT/)
      return true
    },
  )
})

test('a category may have a file of its own, and another one may not be in the log at all', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lapine-log-'))
  const content = [
    ...['log.console = false', 'log.file = all.log', `log.dir = ${directory}`, 'log.connection.file = connections.log'],
    ...['log.file.formatter.plaintext.format = $msg', 'log.channel.level = none'],
  ].join('\n')
  const logger = openLogger((await readSettings([{ path: 'f', content }], {}, {})).settings.log, () => now)
  logger.category('connection').info('accepted')
  logger.category('channel').error('closed')
  logger.info('ready')
  await logger.close()
  assert.equal(readFileSync(join(directory, 'all.log'), 'utf8'), 'ready\n')
  assert.equal(readFileSync(join(directory, 'connections.log'), 'utf8'), 'accepted\n')
  assert.deepEqual(logger.destinations, [join(directory, 'all.log'), join(directory, 'connections.log')])
  rmSync(directory, { recursive: true })
})

test('who is attached later hears loggers that were made before', async () => {
  const content = 'log.console = false\nlog.exchange.level = warning'
  const logger = openLogger((await readSettings([{ path: 'f', content }], {}, {})).settings.log, () => now)
  const queues = logger.category('queue')
  queues.error('before')
  const heard: string[] = []
  const detach = logger.attach('exchange', ({ level, message }) => heard.push(`${level} ${message}`))
  queues.error('lost amqp://ann:secret@host')
  queues.info('not this')
  detach()
  queues.error('behind')
  assert.deepEqual(heard, ['error lost amqp://ann:[redacted]@host'])
})
