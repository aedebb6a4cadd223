import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect } from 'amqplib'
import { readSettings } from '../../src/server/configuration.ts'
import { type Server, startServer } from '../../src/server/server.ts'
import { HttpApi } from '../support/http-api.ts'
import { Inbox, textOf } from '../support/inbox.ts'
import { LogBook } from '../support/lapine.ts'

const bodies = ['first', 'second', 'third']

async function start(directory: string): Promise<{ server: Server; log: LogBook; url: string; api: HttpApi }> {
  const log = new LogBook()
  const { settings } = await readSettings(
    [{ path: 'test.conf', content: 'management.tcp.port = 0' }],
    {},
    { port: '0', host: '127.0.0.1' },
  )
  const server = await startServer({ settings, dataDirectory: directory, logger: log })
  const portOf = (name: string) => server.listeners.find(({ protocol }) => protocol === name)!.port
  const api = new HttpApi(`http://127.0.0.1:${portOf('http')}/api`)
  return { server, log, url: `amqp://guest:guest@127.0.0.1:${server.listeners[0]!.port}`, api }
}

/** A classic queue and a stream with the same three messages, on disk. */
async function filled(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lapine-damage-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const { server, url } = await start(directory)
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  await channel.assertQueue('classic', { durable: true })
  await channel.assertQueue('stream', { durable: true, arguments: { 'x-queue-type': 'stream' } })
  for (const queue of ['classic', 'stream']) {
    for (const body of bodies) channel.sendToQueue(queue, Buffer.from(`${queue}-${body}`), { persistent: true })
    await channel.waitForConfirms()
  }
  await connection.close()
  await server.close()
  return directory
}

/** One byte of a text in the files of a log is another one. */
function damage(directory: string, log: RegExp, text: string): void {
  for (const name of readdirSync(directory).filter((one) => log.test(one))) {
    for (const file of readdirSync(join(directory, name)).filter((one) => one.endsWith('.segment'))) {
      const path = join(directory, name, file)
      const bytes = readFileSync(path)
      const at = bytes.indexOf(text)
      if (at < 0) continue
      bytes[at]! ^= 4
      writeFileSync(path, bytes)
      return
    }
  }
  assert.fail(`${text} is nowhere`)
}

test('what is damaged on disk is named with its queue, in the log, the API and the count; the rest is served', async (t) => {
  const directory = await filled(t)
  damage(directory, /^messages$/, 'classic-second')
  damage(directory, /^stream-/, 'stream-second')
  const { server, log, url, api } = await start(directory)
  const connection = await connect(url)
  t.after(async () => {
    await connection.close()
    await server.close()
  })
  const channel = await connection.createChannel()
  await channel.prefetch(10)
  const inbox = await Inbox.open(channel, 'classic')
  assert.deepEqual((await inbox.take(2)).map(textOf), ['classic-first', 'classic-third'])
  const reading = await Inbox.open(channel, 'stream', { arguments: { 'x-stream-offset': 'first' } })
  channel.sendToQueue('stream', Buffer.from('stream-new'), { persistent: true })
  while (!(await reading.take(1)).map(textOf).includes('stream-new'));

  const { status, body } = await api.get('/x/damage')
  assert.equal(status, 200)
  type Row = { kind: string; log?: string; vhost?: string; queue?: string; from: number; to: number; reason: string }
  const rows = body as Row[]
  const lost = rows.filter(({ kind }) => kind !== 'log')
  const classic = lost.find(({ queue }) => queue === 'classic')!
  assert.deepEqual([classic.kind, classic.vhost, classic.to - classic.from], ['message', '/', 1])
  const stream = lost.find(({ queue }) => queue === 'stream')!
  assert.deepEqual([stream.kind, stream.vhost], ['offset', '/'])
  assert.ok(stream.from <= 1 && stream.to > 1)
  const ranges = rows.filter(({ kind }) => kind === 'log')
  assert.ok(ranges.some((row) => row.log === 'messages' && row.from < row.to))
  assert.ok(ranges.some((row) => row.log?.startsWith('stream-') && row.queue === 'stream' && row.vhost === '/'))
  assert.equal(server.broker.damageCount, rows.length)
  assert.equal((await api.get('/nodes')).body[0].damage_count, rows.length)
  for (const text of [
    `error message ${classic.from} of queue 'classic' in vhost '/' is damaged on disk and lost`,
    `error offsets ${stream.from} to ${stream.to - 1} of queue 'stream' in vhost '/' are damaged on disk and lost`,
  ])
    assert.ok(
      log.lines.some((line) => line.startsWith(text)),
      text,
    )
})

test('damage is shown to whoever monitors, and to nobody else', async (t) => {
  const { server, api } = await start(await filled(t))
  t.after(() => server.close())
  assert.deepEqual((await api.get('/x/damage')).body, [])
  const base = server.listeners.find(({ protocol }) => protocol === 'http')!.port
  for (const [tags, status] of [
    ['management', 401],
    ['monitoring', 200],
  ] as const) {
    await api.put(`/users/${tags}`, { password: 'secret', tags })
    const theirs = new HttpApi(`http://127.0.0.1:${base}/api`, tags, 'secret')
    assert.equal((await theirs.get('/x/damage')).status, status)
  }
})
