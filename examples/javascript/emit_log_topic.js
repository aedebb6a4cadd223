// Topics, the publishing side: tells a log line under a key of words such as `kernel.critical`.
//
//   node examples/javascript/emit_log_topic.js kernel.critical "out of memory"
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const [key = 'anonymous.info', ...words] = process.argv.slice(2)
const line = words.join(' ') || 'all is well'
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
const channel = await connection.createChannel()

await channel.assertExchange('topic_logs', 'topic', { durable: false })
channel.publish('topic_logs', key, Buffer.from(line))
console.log(`told: [${key}] ${line}`)

// The channel first: its closing waits until the broker has read everything sent on it.
await channel.close()
await connection.close()
