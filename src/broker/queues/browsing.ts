import type { Clock } from '../../std/clock.ts'
import type { BrowseBounds, BrowsedMessage } from '../browsed-message.ts'
import { Delivery } from '../delivery.ts'
import type { Message } from '../message.ts'
import type { MessageStore } from '../message-store.ts'
import { messageOf } from '../record.ts'
import type { Ready } from './ready.ts'
import type { SpilledEntry } from './spilled-index.ts'

/** What is looked at, and how. */
interface Scene {
  readonly ready: Ready
  readonly store: MessageStore
  readonly clock: Clock
  /** A message that is on disk only, as it would be handed out. */
  told(message: Message, sequence: number): { readonly message: Message; readonly redelivered: boolean }
}

/** Entries may be moved in the log while they are being read: then they are looked up anew, so often. */
const ATTEMPTS = 3

/** Looks at what waits, from a position on, and leaves everything as it is; what is damaged is passed over. */
export async function browse(scene: Scene, from: number, bounds: BrowseBounds): Promise<readonly BrowsedMessage[]> {
  for (let attempt = 1; ; attempt++) {
    const wanted = within(slice(scene.ready, from, bounds.count), bounds.bytes)
    // Held before anything is waited for: what is in memory may leave meanwhile.
    const messages = wanted.map((one) => (one instanceof Delivery ? one.message : undefined))
    const positions = wanted.flatMap((one) => (one instanceof Delivery ? [] : [one.position]))
    if (positions.length > 0) {
      const records = (await scene.store.read(positions)).values()
      for (const [index, one] of wanted.entries()) {
        if (one instanceof Delivery) continue
        const record = records.next().value
        if (record?.body !== undefined) messages[index] = messageOf(record).message
      }
    }
    if (attempt === ATTEMPTS || messages.every((message) => message !== undefined)) {
      return wanted.flatMap((one, index) => toBrowsed(scene, one, messages[index], from + index))
    }
  }
}

function toBrowsed(
  { clock, told }: Scene,
  one: Delivery | SpilledEntry,
  message: Message | undefined,
  position: number,
): BrowsedMessage[] {
  if (message === undefined) return []
  const { sequence } = one
  const shown = one instanceof Delivery ? one : told(message, sequence)
  const { redelivered } = shown
  return [{ position, sequence, message: shown.message, redelivered, expiresIn: one.expiresAt - clock.monotonic() }]
}

/** Lists behind each other, as they are served. */
function slice(ready: Ready, from: number, count: number): (Delivery | SpilledEntry)[] {
  const found: (Delivery | SpilledEntry)[] = []
  let skip = from
  for (const list of ready.lists()) {
    if (found.length < count) found.push(...list.slice(skip, count - found.length))
    skip = Math.max(0, skip - list.length)
  }
  return found
}

/** As many of the first ones as fit, but always one. */
function within(list: (Delivery | SpilledEntry)[], bytes: number): (Delivery | SpilledEntry)[] {
  let size = 0
  const end = list.findIndex((one, index) => {
    size += one instanceof Delivery ? one.message.bodySize : one.bodySize
    return index > 0 && size > bytes
  })
  return end < 0 ? list : list.slice(0, end)
}
