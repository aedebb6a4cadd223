// Remote calls, the answering side: computes factorials for whoever asks by the queue `rpc_queue`.
//
//   node examples/javascript/rpc_server.js
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
process.once('SIGINT', () => connection.close())
const channel = await connection.createChannel()

await channel.assertQueue('rpc_queue', { durable: false })
// Several servers share the work evenly when each holds one request at a time.
await channel.prefetch(1)
await channel.consume('rpc_queue', (request) => {
  if (request === null) return
  const { replyTo, correlationId } = request.properties
  const answer = answerTo(request.content.toString())
  console.log(`asked for ${request.content}!, answering ${answer}`)
  // The correlation id lets the client tell which of its questions this answers.
  channel.sendToQueue(replyTo, Buffer.from(answer), { correlationId })
  channel.ack(request)
})
console.log('waiting for questions, Ctrl-C ends')

function answerTo(question) {
  if (!/^\d{1,4}$/.test(question)) return 'that is no number I can work with'
  let product = 1n
  for (let factor = 2n; factor <= BigInt(question); factor++) product *= factor
  return String(product)
}
