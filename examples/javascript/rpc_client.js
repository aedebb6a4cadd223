// Remote calls, the asking side: asks the server for the factorial of a number and prints the answer.
//
//   node examples/javascript/rpc_client.js 20
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { randomUUID } from 'node:crypto'
import { connect } from 'amqplib'

const number = process.argv[2] ?? '20'
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
const channel = await connection.createChannel()

console.log(`asking for ${number}!`)
console.log(`answer: ${await ask(number)}`)
await connection.close()

async function ask(question) {
  // A pseudo queue of the broker: what is sent to our reply address comes straight to this channel.
  const replyTo = 'amq.rabbitmq.reply-to'
  const correlationId = randomUUID()
  const answer = Promise.withResolvers()
  const take = (reply) => {
    if (reply?.properties.correlationId === correlationId) answer.resolve(reply.content.toString())
  }
  await channel.consume(replyTo, take, { noAck: true })
  channel.sendToQueue('rpc_queue', Buffer.from(question), { correlationId, replyTo })
  return answer.promise
}
