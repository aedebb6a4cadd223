import type { JsonValue } from '../../std/json.ts'
import type { PolicyValue } from '../effective-policy.ts'
import { erlangJson } from '../erlang-json.ts'
import { overflows } from '../queue-argument-rules.ts'

/** How the value of an operator policy joins the one of a policy: the lower, the higher, or the operator's. */
export type Merge = 'lower' | 'higher' | 'operator'

/** A key policies may have; plug-ins add more as the extension `policyKey`. */
export interface PolicyKey {
  readonly name: string
  /** What is wrong with a value, in RabbitMQ's words; undefined when it is fine. */
  validate(value: JsonValue): string | undefined
  /** Operator policies may have the key too, and join this way. */
  readonly merge?: Merge
  /** Accepted for the sake of definitions from elsewhere, and without effect. */
  readonly ignored?: true
}

/** Whether it can be the value of a key, rather than an object, an array or null. */
export function isPolicyValue(value: JsonValue): value is PolicyValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

const isText = (value: JsonValue) => typeof value === 'string'
const isInteger = (from: number) => (value: JsonValue) => Number.isSafeInteger(value) && (value as number) >= from
const isWord = (words: readonly string[]) => (value: JsonValue) => words.includes(value as string)
const isAge = (value: JsonValue) => isText(value) && /^0*[1-9][0-9]*[YMDhms]$/.test(value as string)

function key(
  name: string,
  isValid: (value: JsonValue) => boolean,
  what: string,
  options: Pick<PolicyKey, 'merge' | 'ignored'> = {},
): PolicyKey {
  return { name, validate: (value) => (isValid(value) ? undefined : `${erlangJson(value)} ${what}`), ...options }
}

const anything = () => true
const ignored = { ignored: true } as const
const lower = { merge: 'lower' } as const
const retryTypes = ['disabled', 'all', 'failed', 'returned']

/** The keys of the core, with RabbitMQ's checks and texts. */
export const corePolicyKeys: readonly PolicyKey[] = [
  key('alternate-exchange', isText, 'is not a valid alternate exchange name'),
  key('dead-letter-exchange', isText, 'is not a valid dead letter exchange name'),
  key('dead-letter-routing-key', isText, 'is not a valid dead letter routing key'),
  key('dead-letter-strategy', isWord(['at-most-once', 'at-least-once']), 'is not a valid dead letter strategy'),
  key('message-ttl', isInteger(0), 'is not a valid message TTL', lower),
  key('expires', isInteger(1), 'is not a valid queue expiry', lower),
  key('max-length', isInteger(0), 'is not a valid maximum length', lower),
  key('max-length-bytes', isInteger(0), 'is not a valid maximum length in bytes', lower),
  key('max-in-memory-length', isInteger(0), 'is not a valid maximum memory in bytes', lower),
  key('max-in-memory-bytes', isInteger(0), 'is not a valid maximum memory in bytes', lower),
  key('overflow', isWord(overflows), 'is not a valid overflow value', { merge: 'operator' }),
  key('delivery-limit', isInteger(-1), 'is not a valid delivery limit', lower),
  key('consumer-timeout', isInteger(0), 'is not a valid consumer timeout'),
  key('consumer-disconnected-timeout', isInteger(0), 'is not a valid consumer disconnected timeout'),
  key('delayed-retry-type', isWord(retryTypes), 'is not a valid delayed retry type', { merge: 'operator' }),
  key('delayed-retry-min', isInteger(0), 'is not a valid delayed retry min', { merge: 'operator' }),
  key('delayed-retry-max', isInteger(0), 'is not a valid delayed retry max', { merge: 'operator' }),
  key('max-age', isAge, 'is not a valid max age'),
  key('stream-max-segment-size-bytes', isInteger(0), 'is not a valid segment size'),
  key(
    'stream-filter-size-bytes',
    (value) => isInteger(16)(value) && (value as number) <= 255,
    'is not a valid filter size. Valid range is 16-255',
  ),
  key(
    'queue-leader-locator',
    isWord(['client-local', 'balanced', 'random', 'least-leaders']),
    'is not a valid queue leader locator value',
  ),
  key(
    'queue-master-locator',
    isWord(['min-masters', 'client-local', 'random']),
    'invalid queue-master-locator value',
    ignored,
  ),
  key('initial-cluster-size', isInteger(0), 'is not a valid cluster size'),
  key('target-group-size', isInteger(1), 'is not a valid qq target count value', { merge: 'higher' }),
  key('member-placement-tag', isText, 'is not a valid member placement tag', { merge: 'operator' }),
  key('queue-mode', isWord(['default', 'lazy']), 'is not a valid queue-mode value', ignored),
  key('queue-version', isWordOrNumber([1, 2]), 'is not a valid queue-version value', { merge: 'operator', ...ignored }),
  // Mirroring of classic queues, which RabbitMQ 4 has no more either: definitions from 3.x still come with it.
  key('ha-mode', isWord(['all', 'exactly', 'nodes']), 'is not a valid ha-mode value', {
    merge: 'operator',
    ...ignored,
  }),
  ...['ha-params', 'ha-sync-mode', 'ha-sync-batch-size', 'ha-promote-on-shutdown', 'ha-promote-on-failure'].map(
    (name) => key(name, anything, '', { merge: 'operator', ...ignored }),
  ),
]

function isWordOrNumber(values: readonly number[]): (value: JsonValue) => boolean {
  return (value) => values.includes(value as number)
}

const classicOnly = ['max-priority', 'queue-mode', 'queue-version', 'queue-master-locator']
const mirroring = ['ha-mode', 'ha-params', 'ha-sync-mode', 'ha-promote-on-shutdown', 'ha-promote-on-failure']
const streamOnly = ['max-age', 'stream-max-segment-size-bytes', 'initial-cluster-size']
const quorumOnly = [
  'delivery-limit',
  'dead-letter-strategy',
  'max-in-memory-length',
  'max-in-memory-bytes',
  'target-group-size',
  'filter-field-names',
]

/** Keys a queue type knows nothing of. A policy that has one does not apply to queues of that type, as in RabbitMQ. */
export const unsupportedKeys: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['classic', new Set([...streamOnly, ...quorumOnly])],
  ['quorum', new Set([...classicOnly, ...mirroring, ...streamOnly])],
  [
    'stream',
    new Set([
      ...classicOnly,
      ...mirroring,
      ...quorumOnly,
      'expires',
      'message-ttl',
      'dead-letter-exchange',
      'dead-letter-routing-key',
      'max-length',
      'overflow',
      'single-active-consumer',
    ]),
  ],
])
