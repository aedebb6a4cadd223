// Work queues, the side that has work to give: puts one task into the queue `task_queue`.
// Every dot in the text stands for a second of work.
//
//   node examples/javascript/new_task.js "resize the photo..."
//
// The broker is amqp://guest:guest@127.0.0.1:5672/ unless AMQP_URL names another.
import { connect } from 'amqplib'

const task = process.argv.slice(2).join(' ') || 'resize the photo...'
const connection = await connect(process.env.AMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672/')
const channel = await connection.createChannel()

// A durable queue and a persistent message: both are needed for a task to survive a restart of the broker.
await channel.assertQueue('task_queue', { durable: true })
channel.sendToQueue('task_queue', Buffer.from(task), { persistent: true })
console.log(`new task: ${task}`)

// The channel first: its closing waits until the broker has read everything sent on it.
await channel.close()
await connection.close()
