import { parentPort, workerData } from 'node:worker_threads'
import { connect } from 'amqplib'

/** One well-behaved client: publishes, waits for confirm and delivery, and notes how long that took. */
const { url, pauseMilliseconds } = workerData as { url: string; pauseMilliseconds: number }

const milliseconds: number[] = []
const errors: string[] = []
let stopping = false

const connection = await connect(url, { heartbeat: 10, noDelay: true } as object)
connection.on('error', (error) => errors.push(String(error)))
connection.on('close', () => {
  if (!stopping) errors.push('the connection was closed')
})
const channel = await connection.createConfirmChannel()
channel.on('error', (error) => errors.push(String(error)))
const { queue } = await channel.assertQueue('', { exclusive: true })
let delivered: (() => void) | undefined
await channel.consume(queue, () => delivered?.(), { noAck: true })

parentPort?.on('message', () => {
  stopping = true
})
parentPort?.postMessage('ready')

while (!stopping && errors.length === 0) {
  const start = performance.now()
  const delivery = new Promise<void>((resolve) => {
    delivered = resolve
  })
  const confirm = new Promise<void>((resolve, reject) => {
    channel.sendToQueue(queue, Buffer.from('tweet'), {}, (error) => (error ? reject(error) : resolve()))
  })
  await Promise.race([
    Promise.all([delivery, confirm]),
    new Promise((_, reject) => setTimeout(reject, 10_000, new Error('no answer for ten seconds'))),
  ]).catch((error: unknown) => errors.push(String(error)))
  milliseconds.push(performance.now() - start)
  await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds))
}

milliseconds.sort((a, b) => a - b)
const percentile = (share: number): number => milliseconds[Math.floor((milliseconds.length - 1) * share)] ?? 0
parentPort?.postMessage({
  rounds: milliseconds.length,
  p50: percentile(0.5),
  p99: percentile(0.99),
  worst: percentile(1),
  errors,
})
process.exit()
