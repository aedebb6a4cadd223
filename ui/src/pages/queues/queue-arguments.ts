import { parseQuantity, type Quantity } from '../../widgets/quantity.ts'

/** Kinds of queues one may add. */
export const queueTypes = ['classic', 'quorum', 'stream'] as const
export type QueueType = (typeof queueTypes)[number]

/** An argument of a queue, as the form asks for it. */
export interface ArgumentField {
  readonly key: string
  readonly title: string
  /** Kinds of queues that take it. */
  readonly types: readonly QueueType[]
  readonly kind: Quantity | 'text' | 'age' | 'flag' | readonly string[]
  readonly hint: string
}

const queues: readonly QueueType[] = ['classic', 'quorum']
const all: readonly QueueType[] = queueTypes

/** All of them, in the order of the form. */
export const argumentFields: readonly ArgumentField[] = [
  { key: 'x-message-ttl', title: 'Messages live', types: queues, kind: 'milliseconds', hint: 'a time such as 10m' },
  { key: 'x-expires', title: 'Unused queue lives', types: queues, kind: 'milliseconds', hint: 'a time such as 2h' },
  { key: 'x-max-length', title: 'Messages at most', types: queues, kind: 'count', hint: 'a number such as 100k' },
  { key: 'x-max-length-bytes', title: 'Bytes at most', types: all, kind: 'bytes', hint: 'a size such as 1GiB' },
  {
    key: 'x-overflow',
    title: 'When it is full',
    types: queues,
    kind: ['drop-head', 'reject-publish', 'reject-publish-dlx'],
    hint: 'one of the list',
  },
  { key: 'x-dead-letter-exchange', title: 'Dead letters go to', types: queues, kind: 'text', hint: 'an exchange' },
  { key: 'x-dead-letter-routing-key', title: 'with the routing key', types: queues, kind: 'text', hint: 'a key' },
  { key: 'x-max-priority', title: 'Priorities', types: ['classic'], kind: 'count', hint: 'a number up to 255' },
  {
    key: 'x-delivery-limit',
    title: 'Deliveries at most',
    types: ['quorum'],
    kind: 'count',
    hint: 'a number such as 20',
  },
  { key: 'x-single-active-consumer', title: 'One consumer at a time', types: queues, kind: 'flag', hint: '' },
  {
    key: 'x-max-age',
    title: 'Messages are kept',
    types: ['stream'],
    kind: 'age',
    hint: 'a time such as 7D (Y M D h m s)',
  },
  {
    key: 'x-stream-max-segment-size-bytes',
    title: 'Bytes of a segment',
    types: ['stream'],
    kind: 'bytes',
    hint: 'a size such as 100MB',
  },
]

/** The value of what was typed; undefined for nothing. Throws an Error where it cannot be understood. */
export function argumentValue({ kind, hint }: ArgumentField, text: string): unknown {
  if (text === '') return undefined
  if (kind === 'flag') return text === 'true' ? true : undefined
  if (kind === 'text' || typeof kind === 'object') return text
  if (kind === 'age') {
    if (!/^\d+[YMDhms]$/.test(text)) throw new Error(hint)
    return text
  }
  const value = parseQuantity(text, kind)
  if (value === undefined) throw new Error(hint)
  return value
}
