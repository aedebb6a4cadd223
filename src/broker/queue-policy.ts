import { type EffectivePolicy, NO_POLICY, type PolicyValue } from './effective-policy.ts'
import { deadLetterStrategies, delayedRetries, overflows } from './queue-argument-rules.ts'
import type { QueueArguments } from './queue-arguments.ts'

/** Failed attempts a message of a quorum queue survives, unless somebody says otherwise. */
const DELIVERY_LIMIT = 20

/**
 * What a queue goes by: of numbers the lower of argument and policy, of everything else the
 * argument if there is one. Policies were checked when they were set.
 */
export function withPolicy(declared: QueueArguments, policy: EffectivePolicy): QueueArguments {
  // Most queues have none, and share what they declared.
  if (policy === NO_POLICY) return declared
  const { definition } = policy
  return Object.freeze({
    ...declared,
    messageTtlMilliseconds: lower(declared.messageTtlMilliseconds, definition['message-ttl']),
    expiresMilliseconds: lower(declared.expiresMilliseconds, definition.expires),
    maxLength: lower(declared.maxLength, definition['max-length']),
    maxLengthBytes: lower(declared.maxLengthBytes, definition['max-length-bytes']),
    overflow: declared.overflow ?? word(overflows, definition.overflow),
    deadLetterExchange: declared.deadLetterExchange ?? text(definition['dead-letter-exchange']),
    deadLetterRoutingKey: declared.deadLetterRoutingKey ?? text(definition['dead-letter-routing-key']),
    deadLetterStrategy: declared.deadLetterStrategy ?? word(deadLetterStrategies, definition['dead-letter-strategy']),
    consumerTimeoutMilliseconds: lower(declared.consumerTimeoutMilliseconds, definition['consumer-timeout']),
    delayedRetry: declared.delayedRetry ?? word(delayedRetries, definition['delayed-retry-type']),
    delayedRetryMinMilliseconds: declared.delayedRetryMinMilliseconds ?? number(definition['delayed-retry-min']),
    delayedRetryMaxMilliseconds: declared.delayedRetryMaxMilliseconds ?? number(definition['delayed-retry-max']),
  })
}

/** The same for quorum queues: here a policy's overflow goes before the argument, and there is a delivery limit. */
export function withQuorumPolicy(declared: QueueArguments, policy: EffectivePolicy): QueueArguments {
  const { definition } = policy
  const overflow = word(overflows, definition.overflow) ?? declared.overflow
  return Object.freeze({
    ...withPolicy(declared, policy),
    // They do not know this one, and drop their head instead.
    overflow: overflow === 'reject-publish-dlx' ? undefined : overflow,
    deliveryLimit: deliveryLimit(declared.deliveryLimit, number(definition['delivery-limit'])),
  })
}

/** Any negative number is no limit, and a limit goes before that. */
function deliveryLimit(declared: number | undefined, policy: number | undefined): number {
  if (declared === undefined || policy === undefined) return declared ?? policy ?? DELIVERY_LIMIT
  return declared < 0 || policy < 0 ? Math.max(declared, policy) : Math.min(declared, policy)
}

function lower(declared: number | undefined, value: PolicyValue | undefined): number | undefined {
  const policy = number(value)
  if (declared === undefined || policy === undefined) return declared ?? policy
  return Math.min(declared, policy)
}

function number(value: PolicyValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function text(value: PolicyValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function word<T extends string>(words: readonly T[], value: PolicyValue | undefined): T | undefined {
  return words.find((known) => known === value)
}
