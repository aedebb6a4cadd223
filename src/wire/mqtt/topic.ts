import { PacketError } from './packet-error.ts'
import { ReasonCode } from './reason-codes.ts'

/** A subscription that shares its messages with others of the same name (§4.8.2). */
export interface SharedFilter {
  readonly share: string
  readonly filter: string
}

/** Throws a PacketError unless a message may be published there: not empty, no wildcard (§4.7). */
export function checkTopicName(topic: string): void {
  if (topic === '') throw new PacketError(ReasonCode.topicNameInvalid, 'the topic name is empty')
  if (topic.includes('#') || topic.includes('+')) {
    throw new PacketError(ReasonCode.topicNameInvalid, 'the topic name contains a wildcard')
  }
}

/** Whether `#` stands alone at the end and each `+` alone in its level (§4.7.1). */
export function isTopicFilter(filter: string): boolean {
  if (filter === '') return false
  const levels = filter.split('/')
  return levels.every((level, index) => {
    if (level === '#') return index === levels.length - 1
    return level === '+' || !(level.includes('#') || level.includes('+'))
  })
}

/**
 * The parts of a `$share/NAME/FILTER`; undefined for an ordinary filter. Throws a PacketError for one that begins like
 * a shared one and is none.
 */
export function sharedFilter(filter: string): SharedFilter | undefined {
  if (!filter.startsWith('$share/')) return undefined
  const [, share = '', ...rest] = filter.split('/')
  if (share === '' || /[+#]/.test(share) || rest.length === 0 || !isTopicFilter(rest.join('/'))) {
    throw new PacketError(ReasonCode.topicFilterInvalid, `the shared subscription '${filter}' has no name or no filter`)
  }
  return { share, filter: rest.join('/') }
}

/** Whether a topic is meant by a filter. Wildcards at the start do not mean topics that begin with `$` (§4.7.2). */
export function topicMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && (filter.startsWith('+') || filter.startsWith('#'))) return false
  const wanted = filter.split('/')
  const levels = topic.split('/')
  for (let index = 0; index < wanted.length; index++) {
    const level = wanted[index]!
    if (level === '#') return true
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false
  }
  return wanted.length === levels.length
}
