// Hello world, the sending side: puts one message into the queue `hello`.
//
//   node examples/javascript/send.js [TEXT]
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const text = process.argv.slice(2).join(' ') || 'Hello World!'
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
const channel = await connection.createChannel()

// Sender and receiver both declare the queue, so it does not matter who starts first.
await channel.assertQueue('hello', { durable: false })
channel.sendToQueue('hello', Buffer.from(text))
console.log(`sent: ${text}`)

// The channel first: its closing waits until the broker has read everything sent on it.
await channel.close()
await connection.close()
