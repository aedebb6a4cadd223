/** Words of patterns as numbers, so that a match compares each word of a key as text only once. */
export class TopicWords {
  readonly #ids = new Map<string, number>()
  /** How many words of patterns each number stands for, and what it stands for; 0 is `*`. */
  readonly #counts: number[] = [0]
  readonly #texts: string[] = ['*']
  readonly #free: number[] = []

  /** Numbers given so far are all below this. */
  get limit(): number {
    return this.#counts.length
  }

  /** Distinct words in use. */
  get size(): number {
    return this.#ids.size
  }

  /** The number of a word; undefined for one that is in no pattern. */
  find(word: string): number | undefined {
    return this.#ids.get(word)
  }

  /** The number of a word that a pattern begins to use. */
  acquire(word: string): number {
    let id = this.#ids.get(word)
    if (id === undefined) {
      id = this.#free.pop() ?? this.#counts.length
      this.#ids.set(word, id)
      this.#counts[id] = 0
      this.#texts[id] = word
    }
    this.#counts[id]! += 1
    return id
  }

  /** A pattern no longer uses the word. */
  release(id: number): void {
    this.#counts[id]! -= 1
    if (this.#counts[id]! > 0) return
    this.#ids.delete(this.#texts[id]!)
    this.#texts[id] = ''
    this.#free.push(id)
  }
}
