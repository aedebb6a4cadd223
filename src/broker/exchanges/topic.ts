import type { Binding, Destination } from '../binding.ts'
import type { ExchangeType, Router } from '../exchange-type.ts'
import { Fault } from '../fault.ts'
import type { Message } from '../message.ts'
import { KeyMap } from './key-map.ts'
import { TopicTrie } from './topic-trie.ts'

const hashesMax = 2

/** Routes by patterns over the words of the routing key: `*` is one word, `#` any number of them. */
export const topicExchangeType: ExchangeType = {
  name: 'topic',
  byKeyAlone: true,
  validateBinding({ routingKey }) {
    const hashes = topicWords(routingKey).filter((word) => word === '#').length
    if (hashes <= hashesMax) return
    const text = `Topic binding key '${routingKey}' uses ${hashes} '#' wildcards, at most ${hashesMax} are allowed`
    throw new Fault('precondition-failed', text)
  },
  create: () => new TopicRouter(),
}

/** The words of a routing or binding key. The empty key has none; elsewhere empty words count. */
export function topicWords(key: string): string[] {
  return key === '' ? [] : key.split('.')
}

/** Keys without wildcards are found by hash; only patterns need the trie. */
class TopicRouter implements Router {
  readonly #exact = new KeyMap()
  readonly #patterns = new TopicTrie()

  add(binding: Binding): void {
    const words = topicWords(binding.routingKey)
    if (hasWildcard(words)) this.#patterns.add(words, binding.destination)
    else this.#exact.add(binding.routingKey, binding.destination)
  }

  remove(binding: Binding): void {
    const words = topicWords(binding.routingKey)
    if (hasWildcard(words)) this.#patterns.remove(words, binding.destination)
    else this.#exact.remove(binding.routingKey, binding.destination)
  }

  route(routingKey: string, _message: Message | undefined, found: (destination: Destination) => void): void {
    this.#exact.each(routingKey, found)
    if (!this.#patterns.empty) this.#patterns.match(topicWords(routingKey), found)
  }
}

function hasWildcard(words: readonly string[]): boolean {
  return words.includes('*') || words.includes('#')
}
