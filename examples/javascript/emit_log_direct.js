// Routing, the publishing side: tells a log line under its severity.
//
//   node examples/javascript/emit_log_direct.js error "the disk is full"
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const [severity = 'info', ...words] = process.argv.slice(2)
const line = words.join(' ') || 'all is well'
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
const channel = await connection.createChannel()

// A direct exchange hands a message to the queues bound with exactly its routing key.
await channel.assertExchange('direct_logs', 'direct', { durable: false })
channel.publish('direct_logs', severity, Buffer.from(line))
console.log(`told: [${severity}] ${line}`)

// The channel first: its closing waits until the broker has read everything sent on it.
await channel.close()
await connection.close()
