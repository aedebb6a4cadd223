// Publish/subscribe, the listening side: prints every log line told from now on. Start several.
//
//   node examples/javascript/receive_logs.js
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
process.once('SIGINT', () => connection.close())
const channel = await connection.createChannel()

await channel.assertExchange('logs', 'fanout', { durable: false })
// A queue for this program alone: the broker makes up its name, and deletes it when we are gone.
const { queue } = await channel.assertQueue('', { exclusive: true })
await channel.bindQueue(queue, 'logs', '')
await channel.consume(queue, (message) => message && console.log(`heard: ${message.content}`), { noAck: true })
console.log('listening for logs, Ctrl-C ends')
