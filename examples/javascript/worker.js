// Work queues, the side that does the work. Start several: each takes one task at a time.
// Every dot in a task stands for a second of work (SECONDS_PER_DOT sets another length).
//
//   node examples/javascript/worker.js
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const secondsPerDot = Number(process.env.SECONDS_PER_DOT ?? 1)
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
process.once('SIGINT', () => connection.close())
const channel = await connection.createChannel()

await channel.assertQueue('task_queue', { durable: true })
// No second task before the first is acknowledged: a busy worker leaves the rest to its colleagues.
await channel.prefetch(1)
await channel.consume('task_queue', (message) => {
  if (message === null) return
  const task = message.content.toString()
  console.log(`working on: ${task}`)
  const dots = task.split('.').length - 1
  setTimeout(
    () => {
      console.log(`done: ${task}`)
      // Only now is the task forgotten. Had we died before, another worker would have got it.
      channel.ack(message)
    },
    dots * secondsPerDot * 1000,
  )
})
console.log('waiting for tasks, Ctrl-C ends')
