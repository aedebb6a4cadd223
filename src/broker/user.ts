/** The rights a user has beyond permissions on resources. */
export type UserTag = 'administrator' | 'monitoring' | 'policymaker' | 'management' | 'impersonator'

/** Who is authenticated. Tags nobody knows are kept, as in RabbitMQ. */
export interface User {
  readonly name: string
  readonly tags: readonly string[]
}

/** Whether the user has a right. */
export function hasTag(user: User, tag: UserTag): boolean {
  return user.tags.includes(tag)
}
