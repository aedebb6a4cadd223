/**
 * A million delayed messages in one exchange: how fast they are taken, what they cost in memory and on disk, how soon
 * the broker is back after a kill, and that each comes once, in order, at its time.
 *
 *   node bench/delayed.ts [--messages 1000000] [--ahead 120] [--within 60] [--data-dir DIR]
 *
 * The first is due `--ahead` seconds after the start, the last `--within` seconds later.
 */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import { LapineChild } from './lapine-child.ts'
import { figuresOf } from './process-figures.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '1000000' },
    ahead: { type: 'string', default: '120' },
    within: { type: 'string', default: '60' },
    'data-dir': { type: 'string', default: tmpdir() },
  },
})

const exchange = 'lapine-bench-delayed'
const queue = 'lapine-bench-due'
const total = Number(values.messages)
/** Few, because what is on the way when its delay is told is due that much later. */
const confirmWindow = 500
/** Of a body: when it is due, its number, and zeros. */
const body = { least: 16, most: 100, dueAt: 0, numberAt: 8 }

/** Where the messages come to, and how late and how far out of order they are. */
class Arrivals {
  readonly late: Float64Array = new Float64Array(total)
  readonly #seen = new Uint8Array(total)
  readonly #onAll: () => void
  count = 0
  twice = 0
  /** Milliseconds by which a message was due before one that came earlier. */
  disorder = 0
  early = 0
  #latestDue = 0

  constructor(onAll: () => void) {
    this.#onAll = onAll
  }

  add(content: Buffer): void {
    const due = content.readDoubleBE(body.dueAt)
    const number = content.readUInt32BE(body.numberAt)
    if (this.#seen[number] === 1) {
      this.twice++
      return
    }
    this.#seen[number] = 1
    const late = Date.now() - due
    if (late < 0) this.early++
    this.late[this.count++] = late
    this.disorder = Math.max(this.disorder, this.#latestDue - due)
    this.#latestDue = Math.max(this.#latestDue, due)
    if (this.count === total) this.#onAll()
  }
}

async function prepare(connection: ChannelModel): Promise<ConfirmChannel> {
  const channel = await connection.createConfirmChannel()
  await channel.assertExchange(exchange, 'x-delayed-message', { arguments: { 'x-delayed-type': 'fanout' } })
  await channel.assertQueue(queue)
  await channel.bindQueue(queue, exchange, '')
  return channel
}

/** Publishes them all; resolves when all are confirmed, which is on disk. Answers the longest way to a confirm in milliseconds. */
async function publish(channel: ConfirmChannel, firstDue: number): Promise<number> {
  let longest = 0
  let confirmed = 0
  let wake: (() => void) | undefined
  for (let number = 0; number < total; number++) {
    const due = firstDue + Math.random() * Number(values.within) * 1000
    const content = Buffer.alloc(body.least + Math.floor(Math.random() * (body.most - body.least + 1)))
    const now = Date.now()
    const delay = Math.ceil(due - now)
    if (delay <= 0) throw new Error('messages are due before all are published: try a larger --ahead')
    content.writeDoubleBE(due, body.dueAt)
    content.writeUInt32BE(number, body.numberAt)
    channel.publish(exchange, '', content, { persistent: true, headers: { 'x-delay': delay } }, () => {
      confirmed++
      longest = Math.max(longest, Date.now() - now)
      wake?.()
    })
    while (number - confirmed >= confirmWindow) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  }
  await channel.waitForConfirms()
  return longest
}

async function arrive(channel: Channel): Promise<Arrivals> {
  const all = Promise.withResolvers<void>()
  const arrivals = new Arrivals(all.resolve)
  await channel.consume(queue, (message) => message !== null && arrivals.add(message.content), { noAck: true })
  await all.promise
  return arrivals
}

function bytesIn(directory: string): number {
  let bytes = 0
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    const found = statSync(join(directory, name))
    if (found.isFile()) bytes += found.blocks * 512
  }
  return bytes
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
const seconds = (since: number) => (performance.now() - since) / 1000
const tell = (text: string) => process.stdout.write(`${text}\n`)
const rest = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

const dataDirectory = mkdtempSync(join(values['data-dir'], 'lapine-delayed-'))
let broker = await LapineChild.start({ dataDirectory })
try {
  const firstDue = Date.now() + Number(values.ahead) * 1000
  const publisher = await connect(broker.url)
  publisher.on('error', () => undefined)
  const channel = await prepare(publisher)
  const empty = figuresOf(broker.pid).residentBytes
  const publishing = performance.now()
  const longest = await publish(channel, firstDue)
  const rate = total / seconds(publishing)
  tell(`${total} messages taken at ${rate.toFixed(0)}/s (one amqplib client), confirmed in ${longest} ms at most`)
  await rest(5000)
  const full = figuresOf(broker.pid).residentBytes
  const perMessage = (full - empty) / total
  tell(`RSS ${megabytes(empty)} before, ${megabytes(full)} after: ${perMessage.toFixed(0)} bytes a message`)
  const onDisk = bytesIn(dataDirectory)
  tell(`on disk ${megabytes(onDisk)}: ${(onDisk / total).toFixed(0)} bytes a message`)

  await broker.kill()
  const restarting = performance.now()
  broker = await LapineChild.start({ dataDirectory })
  const consumer = await connect(broker.url)
  tell(`killed; accepting again after ${seconds(restarting).toFixed(2)} s`)
  const arriving = arrive(await consumer.createChannel())
  tell(`RSS after the restart ${megabytes(figuresOf(broker.pid).residentBytes)}`)
  const isInTime = Date.now() < firstDue
  if (!isInTime) tell('messages were due before the broker was back: lateness below is not its own')
  const { twice, late, early, disorder } = await arriving
  late.sort()
  const at = (share: number) => `${late[Math.floor(share * (total - 1))]!.toFixed(0)} ms`
  tell(
    `all came, ${twice} twice, ${early} early, late by ${at(0.5)} (median), ${at(0.99)} (p99), ${at(1)} (most); ` +
      `out of order by ${disorder.toFixed(0)} ms at most; RSS ${megabytes(figuresOf(broker.pid).residentBytes)}`,
  )
  await consumer.close()
  if (early > 0) process.exitCode = 1
} finally {
  await broker.stop()
  rmSync(dataDirectory, { recursive: true, force: true })
}
