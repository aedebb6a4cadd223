// Publisher confirms: sends messages that matter and does not believe they are safe until the broker says so.
//
//   node examples/javascript/publisher_confirms.js [COUNT]
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const count = Number(process.argv[2] ?? 1000)
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
// On a confirm channel the broker answers every publish, at the latest when the message is on disk.
const channel = await connection.createConfirmChannel()
const { queue } = await channel.assertQueue('', { durable: true, exclusive: true })

await oneByOne(Math.min(count, 10))
await inFlight(count)
console.log(`in the queue: ${(await channel.checkQueue(queue)).messageCount}`)
await connection.close()

/** The simple way: wait after each message. Safe, and as slow as the disk. */
async function oneByOne(messages) {
  for (let number = 1; number <= messages; number++) {
    send(`careful ${number}`)
    await channel.waitForConfirms()
  }
  console.log(`confirmed one by one: ${messages}`)
}

/** The fast way: keep sending, and learn from callbacks what became of each message. */
async function inFlight(messages) {
  let confirmed = 0
  const refused = []
  for (let number = 1; number <= messages; number++) {
    const body = `quick ${number}`
    send(body, (problem) => (problem === null ? confirmed++ : refused.push(body)))
  }
  // Rejects when one was refused; the callbacks have told which by then.
  await channel.waitForConfirms().catch(() => {})
  console.log(`confirmed in flight: ${confirmed}, refused: ${refused.length}`)
}

function send(body, onConfirm) {
  channel.sendToQueue(queue, Buffer.from(body), { persistent: true }, onConfirm)
}
