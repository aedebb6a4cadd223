import type { Access } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'
import { type Message, withProperties } from '../../broker/message.ts'
import type { Clock } from '../../std/clock.ts'
import { longString, type Table } from '../../std/table.ts'

const PREFIX = 'mqtt-will-'

/** How long the queue stays after its message should have gone, in milliseconds. */
const GRACE_MILLISECONDS = 60_000

/** The queue in which a session's will waits for its delay, as RabbitMQ calls it. */
export function willQueueName(clientIdentifier: string): string {
  return `${PREFIX}${clientIdentifier}`
}

/** Whether a message was dead-lettered because it is a will whose time has come. */
export function isWillQueue(name: string | undefined): boolean {
  return name?.startsWith(PREFIX) === true
}

/**
 * Lets a will wait in a durable queue, from which it is dead-lettered to where it was meant for: it comes also when the
 * broker was killed meanwhile. False where the user may not have such a queue.
 */
export async function parkWill(
  access: Access,
  will: { readonly clientIdentifier: string; readonly message: Message; readonly delaySeconds: number },
  clock: Clock,
): Promise<boolean> {
  const { clientIdentifier, message, delaySeconds } = will
  const milliseconds = delaySeconds * 1000
  const dueAt = clock.monotonic() + milliseconds
  const arguments_: Table = [
    ['x-queue-type', longString('classic')],
    ['x-dead-letter-exchange', longString(message.address.exchange)],
    ['x-expires', { tag: 'l', value: BigInt(milliseconds + GRACE_MILLISECONDS) }],
  ]
  const name = willQueueName(clientIdentifier)
  try {
    await access.declareQueue({ name, durable: true, exclusive: false, autoDelete: false, arguments: arguments_ })
    // The disk took its time.
    const left = Math.max(0, Math.round(dueAt - clock.monotonic()))
    access.enqueue(name, withProperties(message, { expiration: String(left) }))
    return true
  } catch (error) {
    if (error instanceof Fault) return false
    throw error
  }
}

/** The will that waits, which then waits no more; undefined where none does. */
export async function takeWill(access: Access, clientIdentifier: string): Promise<Message | undefined> {
  const name = willQueueName(clientIdentifier)
  try {
    const delivery = await access.get(name)
    delivery?.queue.settle(delivery, 'accepted')
    await access.deleteQueue(name, { ifUnused: false, ifEmpty: false })
    return delivery === undefined ? undefined : withProperties(delivery.message, { expiration: null })
  } catch (error) {
    if (error instanceof Fault) return undefined
    throw error
  }
}
