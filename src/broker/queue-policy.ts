import type { EffectivePolicy, PolicyValue } from './effective-policy.ts'
import { overflows } from './queue-argument-rules.ts'
import type { QueueArguments } from './queue-arguments.ts'

/**
 * What a queue goes by: of numbers the lower of argument and policy, of everything else the
 * argument if there is one. Policies were checked when they were set.
 */
export function withPolicy(declared: QueueArguments, { definition }: EffectivePolicy): QueueArguments {
  return Object.freeze({
    ...declared,
    messageTtlMilliseconds: lower(declared.messageTtlMilliseconds, definition['message-ttl']),
    expiresMilliseconds: lower(declared.expiresMilliseconds, definition.expires),
    maxLength: lower(declared.maxLength, definition['max-length']),
    maxLengthBytes: lower(declared.maxLengthBytes, definition['max-length-bytes']),
    overflow: declared.overflow ?? overflows.find((overflow) => overflow === definition.overflow),
    deadLetterExchange: declared.deadLetterExchange ?? text(definition['dead-letter-exchange']),
    deadLetterRoutingKey: declared.deadLetterRoutingKey ?? text(definition['dead-letter-routing-key']),
    consumerTimeoutMilliseconds: declared.consumerTimeoutMilliseconds ?? number(definition['consumer-timeout']),
  })
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
