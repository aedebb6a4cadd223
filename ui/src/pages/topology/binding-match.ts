import type { TopologyBinding } from '../../data/topology.ts'

/** Which message is followed. */
export interface Letter {
  readonly exchange: string
  readonly key: string
  readonly headers: Readonly<Record<string, unknown>>
}

/** The keys a message is routed by: its own and those its headers CC and BCC add. */
function keysOf({ key, headers }: Letter): readonly string[] {
  const more = [headers.CC, headers.BCC].flatMap((value) => (Array.isArray(value) ? value : []))
  return [key, ...more.filter((one) => typeof one === 'string')]
}

/** Whether an exchange of a type takes a binding for a message; undefined for types that do not go by that alone. */
export function matches(type: string, binding: TopologyBinding, letter: Letter): boolean | undefined {
  switch (type) {
    case 'fanout':
      return true
    case 'direct':
      return keysOf(letter).includes(binding.routing_key)
    case 'topic':
      return keysOf(letter).some((key) => topicMatches(binding.routing_key.split('.'), key.split('.')))
    case 'headers':
      return headersMatch(binding.arguments, letter.headers)
    default:
      return undefined
  }
}

/** `*` is one word, `#` any number of them. */
function topicMatches(pattern: readonly string[], words: readonly string[]): boolean {
  // Ends of the pattern that can be reached after each word.
  let reached = throughHashes(new Set([0]), pattern)
  for (const word of words) {
    const next = new Set<number>()
    for (const at of reached) {
      if (pattern[at] === '#') next.add(at)
      else if (at < pattern.length && (pattern[at] === '*' || pattern[at] === word)) next.add(at + 1)
    }
    reached = throughHashes(next, pattern)
  }
  return reached.has(pattern.length)
}

function throughHashes(reached: Set<number>, pattern: readonly string[]): Set<number> {
  for (const at of reached) if (pattern[at] === '#') reached.add(at + 1)
  return reached
}

function headersMatch(wanted: TopologyBinding['arguments'], headers: Letter['headers']): boolean {
  const mode = String(wanted['x-match'] ?? 'all')
  const conditions = Object.entries(wanted).filter(
    ([name]) => name !== 'x-match' && (mode.endsWith('-with-x') || !name.startsWith('x-')),
  )
  const holds = ([name, value]: readonly [string, unknown]) =>
    Object.hasOwn(headers, name) && (value === null || JSON.stringify(headers[name]) === JSON.stringify(value))
  return mode.startsWith('any') ? conditions.some(holds) : conditions.every(holds)
}
