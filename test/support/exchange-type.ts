import { randomBytes } from 'node:crypto'
import { connect } from 'amqplib'
import { brokerUrl } from './target.ts'

/** Test options that skip a test where the broker under test does not know an exchange type: RabbitMQ without the plug-in. */
export async function knowing(type: string, arguments_: object = {}): Promise<{ skip?: string }> {
  if (brokerUrl === undefined) return {}
  const connection = await connect(brokerUrl)
  connection.on('error', () => {})
  try {
    const channel = await connection.createChannel()
    channel.on('error', () => {})
    const name = `feature-probe-${randomBytes(6).toString('hex')}`
    await channel.assertExchange(name, type, { durable: false, arguments: arguments_ })
    await channel.deleteExchange(name)
    return {}
  } catch {
    return { skip: `the broker has no exchange type ${type}` }
  } finally {
    await connection.close().catch(() => {})
  }
}
