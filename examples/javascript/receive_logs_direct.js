// Routing, the listening side: prints log lines of the severities it was given.
//
//   node examples/javascript/receive_logs_direct.js warning error
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const severities = process.argv.slice(2)
if (severities.length === 0) {
  console.error('which severities? For example: receive_logs_direct.js warning error')
  process.exit(1)
}
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
process.once('SIGINT', () => connection.close())
const channel = await connection.createChannel()

await channel.assertExchange('direct_logs', 'direct', { durable: false })
const { queue } = await channel.assertQueue('', { exclusive: true })
// One binding for each severity; a queue may have as many as it likes.
for (const severity of severities) await channel.bindQueue(queue, 'direct_logs', severity)
const print = (message) => message && console.log(`heard: [${message.fields.routingKey}] ${message.content}`)
await channel.consume(queue, print, { noAck: true })
console.log(`listening for ${severities.join(', ')}, Ctrl-C ends`)
