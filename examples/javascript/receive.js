// Hello world, the receiving side: prints every message of the queue `hello` until Ctrl-C.
//
//   node examples/javascript/receive.js
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
process.once('SIGINT', () => connection.close())
const channel = await connection.createChannel()

await channel.assertQueue('hello', { durable: false })
// noAck: a message counts as done the moment it is sent to us.
await channel.consume('hello', (message) => message && console.log(`received: ${message.content}`), { noAck: true })
console.log('waiting for messages, Ctrl-C ends')
