/** A value in the definition of a policy. */
export type PolicyValue = string | number | boolean

/**
 * What the policies of a virtual host say about one queue or exchange: the policy of highest
 * priority that matches its name, with the operator policy that matches merged into it (of numbers
 * the lower one counts).
 */
export interface EffectivePolicy {
  /** Name of the policy; undefined when none matches. */
  readonly policy: string | undefined
  readonly operatorPolicy: string | undefined
  /** By key as policies have them: `message-ttl`, `max-length`, `dead-letter-exchange`, … */
  readonly definition: Readonly<Record<string, PolicyValue>>
}

/** No policy matches. */
export const NO_POLICY: EffectivePolicy = Object.freeze({
  policy: undefined,
  operatorPolicy: undefined,
  definition: Object.freeze({}),
})
