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

/** The tags that operators are told apart by. */
export type TagLevel = Exclude<UserTag, 'impersonator'>

/** The tags that stand for a level: its own, and those that include it. */
const levels: Readonly<Record<TagLevel, readonly TagLevel[]>> = {
  management: ['management', 'policymaker', 'monitoring', 'administrator'],
  policymaker: ['policymaker', 'administrator'],
  monitoring: ['monitoring', 'administrator'],
  administrator: ['administrator'],
}

/** Whether a tag of the user includes `level`. */
export function hasLevel(user: User, level: TagLevel): boolean {
  return levels[level].some((tag) => user.tags.includes(tag))
}
