export type UserTag = 'administrator' | 'monitoring' | 'policymaker' | 'management' | 'impersonator'

/** Who is authenticated. */
export interface User {
  readonly name: string
  readonly tags: readonly string[]
}
