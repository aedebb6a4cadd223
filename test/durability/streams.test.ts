import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import { LapineChild } from '../../bench/lapine-child.ts'
import { Inbox, textOf } from '../support/inbox.ts'

const binary = fileURLToPath(new URL('../../bin/lapine.js', import.meta.url))
const rounds = Number(process.env.LAPINE_KILL_ROUNDS ?? 3)

const folder = await mkdtemp(join(tmpdir(), 'lapine-streams-'))
after(() => rm(folder, { recursive: true, force: true }))

function lapine(...args: string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(process.execPath, [binary, ...args], (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

async function client(t: TestContext, url: string): Promise<ChannelModel> {
  const connection = await connect(url)
  connection.on('error', () => {})
  t.after(() => connection.close().catch(() => {}))
  return connection
}

async function declare(channel: ConfirmChannel): Promise<void> {
  await channel.assertQueue('stream', { durable: true, arguments: { 'x-queue-type': 'stream' } })
  await channel.assertQueue('classic', { durable: true })
  await channel.assertExchange('both', 'fanout', { durable: true })
  for (const queue of ['stream', 'classic']) await channel.bindQueue(queue, 'both', '')
}

const bodyOf = (number: number) => `${number}:`.padEnd((number * 397) % 3000, 'x')
const numberOf = (body: string) => Number(body.split(':')[0])

/** Publishes numbers from `first` on until the connection breaks; `strike` is called when `after` are confirmed. */
class Publisher {
  /** Numbers that were confirmed. */
  readonly confirmed = new Set<number>()
  next: number
  readonly over: Promise<void>

  constructor(
    connection: ChannelModel,
    channel: ConfirmChannel,
    plan: { first: number; after: number; strike: () => void },
  ) {
    this.next = plan.first
    channel.on('error', () => {})
    this.over = new Promise((resolve) => connection.on('close', () => resolve()))
    let broken = false
    connection.on('close', () => {
      broken = true
    })
    const publish = (): void => {
      const number = this.next++
      // Every other one goes to a classic queue too.
      const exchange = number % 2 === 0 ? '' : 'both'
      channel.publish(exchange, 'stream', Buffer.from(bodyOf(number)), { persistent: true }, (error) => {
        if (error !== null || broken) return
        this.confirmed.add(number)
        if (this.confirmed.size === plan.after) plan.strike()
        publish()
      })
    }
    for (let count = 0; count < 100; count++) publish()
  }
}

/** All the stream holds, by offset. */
async function contentsOf(t: TestContext, url: string, atLeast: number): Promise<number[]> {
  const channel = await (await client(t, url)).createChannel()
  await channel.prefetch(60_000)
  const inbox = await Inbox.open(channel, 'stream', { arguments: { 'x-stream-offset': 'first' } })
  const { messageCount } = await channel.checkQueue('stream')
  assert.ok(messageCount >= atLeast, `${messageCount} messages, not ${atLeast}`)
  const messages = await inbox.take(messageCount)
  for (const [index, message] of messages.entries()) {
    assert.equal(message.properties.headers?.['x-stream-offset'], index)
    assert.equal(textOf(message), bodyOf(numberOf(textOf(message))))
  }
  return messages.map((message) => numberOf(textOf(message)))
}

test(`kill -9 under load: what was confirmed is in the stream, at the offset it was seen at: ${rounds} rounds`, async (t) => {
  const dataDirectory = join(folder, 'killed')
  const confirmed = new Set<number>()
  const inBoth = new Set<number>()
  const seen = new Map<number, number>()
  let first = 0
  for (let round = 0; round < rounds; round++) {
    const broker = await LapineChild.start({ dataDirectory })
    t.after(() => broker.kill())
    const connection = await client(t, broker.url)
    const channel = await connection.createConfirmChannel()
    await declare(channel)
    const reading = await (await client(t, broker.url)).createChannel()
    reading.on('error', () => {})
    await reading.prefetch(60_000)
    const inbox = await Inbox.open(reading, 'stream', { arguments: { 'x-stream-offset': 'next' } })
    const publisher = new Publisher(connection, channel, { first, after: 1500, strike: () => void broker.kill() })
    await publisher.over
    first = publisher.next
    for (const number of publisher.confirmed) {
      confirmed.add(number)
      if (number % 2 !== 0) inBoth.add(number)
    }
    for (const message of inbox.messages) {
      seen.set(Number(message.properties.headers?.['x-stream-offset']), numberOf(textOf(message)))
    }
  }
  const broker = await LapineChild.start({ dataDirectory })
  t.after(() => broker.kill())
  const found = await contentsOf(t, broker.url, confirmed.size)
  const inStream = new Set(found)
  assert.equal(inStream.size, found.length, 'nothing is there twice')
  for (const number of confirmed) assert.ok(inStream.has(number), `${number} was confirmed and is gone`)
  assert.ok(seen.size > 0)
  for (const [offset, number] of seen) assert.equal(found[offset], number, `offset ${offset}`)
  const classic = await (await client(t, broker.url)).createChannel()
  const { messageCount } = await classic.checkQueue('classic')
  const inbox = await Inbox.open(classic, 'classic', { noAck: true })
  const inClassic = new Set((await inbox.take(messageCount)).map((message) => numberOf(textOf(message))))
  for (const number of inBoth) assert.ok(inClassic.has(number), `${number} is gone from the classic queue`)
  await broker.kill()
})

test('a copy of a data directory has the streams in it; damage in them is found and named', async (t) => {
  const dataDirectory = join(folder, 'data')
  const copy = join(folder, 'copy')
  const broker = await LapineChild.start({ dataDirectory })
  t.after(() => broker.kill())
  const connection = await client(t, broker.url)
  const channel = await connection.createConfirmChannel()
  await declare(channel)
  let strike: () => void = () => {}
  const flowing = new Promise<void>((resolve) => {
    strike = resolve
  })
  const publisher = new Publisher(connection, channel, { first: 0, after: 1000, strike })
  await flowing
  const before = [...publisher.confirmed]
  const copied = await lapine('backup', dataDirectory, copy)
  assert.equal(copied.stderr, '')
  assert.equal(copied.code, 0)
  await broker.kill()
  await publisher.over
  const restored = await LapineChild.start({ dataDirectory: copy })
  t.after(() => restored.kill())
  const found = new Set(await contentsOf(t, restored.url, before.length))
  for (const number of before) assert.ok(found.has(number), `${number} was confirmed before the copy was made`)
  assert.equal(await restored.stop(), 0)
  const whole = await lapine('verify', copy)
  assert.equal(whole.stdout.trim().split('\n').at(-1)?.split(': ').at(-1), 'all is well')
  const stream = readdirSync(copy).find((name) => name.startsWith('stream-'))!
  const segments = readdirSync(join(copy, stream)).filter((name) => name.endsWith('.segment'))
  const paths = segments.map((name) => join(copy, stream, name))
  const path = paths.find((one) => readFileSync(one).includes('17:xxxx'))!
  const bytes = readFileSync(path)
  bytes[bytes.indexOf('17:xxxx') + 4]! ^= 1
  writeFileSync(path, bytes)
  const damaged = await lapine('verify', copy)
  assert.equal(damaged.code, 1)
  const match =
    /^stream-\d+\/\d+\.segment positions \d+ to \d+: .* \(offsets (\d+) to (\d+) of queue 'stream' in vhost '\/'\)$/m
  const [, from, to] = match.exec(damaged.stdout) ?? []
  assert.ok(Number(from) <= 17 && Number(to) >= 17, damaged.stdout)
})
