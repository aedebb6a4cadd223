// Topics, the listening side: prints log lines whose key matches one of the patterns.
// In a pattern `*` stands for one word and `#` for any number of them.
//
//   node examples/javascript/receive_logs_topic.js "kernel.*" "*.critical"
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const patterns = process.argv.slice(2)
if (patterns.length === 0) {
  console.error('which keys? For example: receive_logs_topic.js "kernel.*" "*.critical"')
  process.exit(1)
}
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
process.once('SIGINT', () => connection.close())
const channel = await connection.createChannel()

await channel.assertExchange('topic_logs', 'topic', { durable: false })
const { queue } = await channel.assertQueue('', { exclusive: true })
for (const pattern of patterns) await channel.bindQueue(queue, 'topic_logs', pattern)
const print = (message) => message && console.log(`heard: [${message.fields.routingKey}] ${message.content}`)
await channel.consume(queue, print, { noAck: true })
console.log(`listening for ${patterns.join(', ')}, Ctrl-C ends`)
