/** What queues, and exchanges that keep messages, are called, learned from a definitions log while it is read: definitions are JSON. */
export class QueueNames {
  readonly #names = new Map<number, string>()

  /** A record of the log: one definition. */
  learnRecord(header: Buffer): void {
    this.#learn(parse(header))
  }

  /** A snapshot of the log: all of them. */
  learnSnapshot(bytes: Buffer): void {
    const content = parse(bytes)
    const definitions = content?.definitions
    if (!Array.isArray(definitions)) return
    for (const definition of definitions) this.#learn(definition)
  }

  /** What has this number (`queue 'q' in vhost '/'`); by its number alone when nothing is known of it. */
  describe(number: number): string {
    return this.#names.get(number) ?? `queue number ${number}, which no definition names`
  }

  #learn(definition: unknown): void {
    if (typeof definition !== 'object' || definition === null) return
    const { kind, number, name, vhost } = definition as Readonly<Record<string, unknown>>
    if ((kind !== 'queue' && kind !== 'exchange') || typeof number !== 'number') return
    this.#names.set(number, `${kind} '${String(name)}' in vhost '${String(vhost)}'`)
  }
}

function parse(bytes: Buffer): { readonly definitions?: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
