// Publish/subscribe, the publishing side: tells one log line to whoever listens right now.
//
//   node examples/javascript/emit_log.js [TEXT]
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const line = process.argv.slice(2).join(' ') || 'info: all is well'
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
const channel = await connection.createChannel()

// A fanout exchange copies what it gets to every queue bound to it; the routing key plays no part.
await channel.assertExchange('logs', 'fanout', { durable: false })
channel.publish('logs', '', Buffer.from(line))
console.log(`told: ${line}`)

// The channel first: its closing waits until the broker has read everything sent on it.
await channel.close()
await connection.close()
