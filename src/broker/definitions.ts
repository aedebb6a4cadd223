import type { Log } from '../store/log.ts'
import { type Definition, type DefinitionKind, type DefinitionOf, definitionKinds, identityOf } from './definition.ts'

const RecordType = { put: 1, delete: 2 } as const

interface SnapshotContent {
  readonly nextQueueNumber: number
  readonly definitions: readonly Definition[]
}

/**
 * All durable definitions, kept as a log of changes and now and then a snapshot. A change is
 * recorded at once and durable when `flush` resolves; whoever answers a client waits for that.
 */
export class Definitions {
  readonly #log: Log
  readonly #changesPerSnapshot: number
  readonly #current = new Map<DefinitionKind, Map<string, Definition>>(definitionKinds.map((kind) => [kind, new Map()]))
  #nextQueueNumber = 1
  #changes = 0
  #snapshotting = false

  private constructor(log: Log, changesPerSnapshot: number) {
    this.#log = log
    this.#changesPerSnapshot = changesPerSnapshot
  }

  /** Reads snapshot and changes back. After so many changes the whole is written as a snapshot, and the log cut. */
  static async open(log: Log, changesPerSnapshot = 10_000): Promise<Definitions> {
    const definitions = new Definitions(log, changesPerSnapshot)
    const snapshot = await log.loadSnapshot()
    if (snapshot !== undefined) definitions.#restore(JSON.parse(snapshot.bytes.toString('utf8')) as SnapshotContent)
    await log.replay(snapshot?.through ?? log.start, { bodies: false }, (record) => {
      definitions.#apply(record.type, JSON.parse(record.header.toString('utf8')) as Definition)
    })
    return definitions
  }

  /** Those of one kind, in the order they were made. */
  all<K extends DefinitionKind>(kind: K): Iterable<DefinitionOf<K>> {
    return this.#of(kind).values() as Iterable<DefinitionOf<K>>
  }

  /** The newest version of a definition, whatever else than its identity `like` says. */
  get<K extends DefinitionKind>(kind: K, like: DefinitionOf<K>): DefinitionOf<K> | undefined {
    return this.#of(kind).get(identityOf(like)) as DefinitionOf<K> | undefined
  }

  get size(): number {
    let size = 0
    for (const definitions of this.#current.values()) size += definitions.size
    return size
  }

  /** A number for a durable queue, or an exchange that keeps messages, that no other had or will have. */
  takeQueueNumber(): number {
    return this.#nextQueueNumber++
  }

  /** The message log knows of a queue with this number: no new one gets it. */
  skipQueueNumber(number: number): void {
    this.#nextQueueNumber = Math.max(this.#nextQueueNumber, number + 1)
  }

  put(definition: Definition): void {
    const known = this.#of(definition.kind).get(identityOf(definition))
    // Equal to what is known: a redeclare costs no write.
    if (JSON.stringify(known) === JSON.stringify(definition)) return
    this.#append(RecordType.put, definition)
  }

  delete(definition: Definition): void {
    if (this.#of(definition.kind).has(identityOf(definition))) this.#append(RecordType.delete, definition)
  }

  /** Resolves when every change so far is durable; undefined when all are. */
  pending(): Promise<void> | undefined {
    return this.#log.durable < this.#log.end ? this.#log.flush() : undefined
  }

  /** Throws for a kind this version does not know: to go on without what it means would lose it. */
  #of(kind: DefinitionKind): Map<string, Definition> {
    const definitions = this.#current.get(kind)
    if (definitions === undefined) throw new Error(`the definitions hold a '${kind}', which a later version wrote`)
    return definitions
  }

  #append(type: number, definition: Definition): void {
    this.#apply(type, definition)
    const bytes = Buffer.from(JSON.stringify(definition))
    const { buffer, offset } = this.#log.reserve(type, bytes.length, 0)
    bytes.copy(buffer, offset)
    if (++this.#changes >= this.#changesPerSnapshot && this.#changes > this.size) void this.#snapshot()
  }

  #apply(type: number, definition: Definition): void {
    const definitions = this.#of(definition.kind)
    const key = identityOf(definition)
    if (type === RecordType.delete) definitions.delete(key)
    else definitions.set(key, definition)
    if (definition.kind === 'queue' || definition.kind === 'exchange') this.skipQueueNumber(definition.number ?? 0)
  }

  #restore(content: SnapshotContent): void {
    this.#nextQueueNumber = content.nextQueueNumber
    for (const definition of content.definitions) {
      this.#of(definition.kind).set(identityOf(definition), definition)
    }
  }

  /** A storage fault on the way is reported by the store; the log then simply stays uncut. */
  async #snapshot(): Promise<void> {
    if (this.#snapshotting) return
    this.#snapshotting = true
    this.#changes = 0
    const through = this.#log.end
    const content: SnapshotContent = {
      nextQueueNumber: this.#nextQueueNumber,
      definitions: definitionKinds.flatMap((kind) => [...this.#of(kind).values()]),
    }
    try {
      await this.#log.saveSnapshot({ through, bytes: Buffer.from(JSON.stringify(content)) })
      this.#log.trim(through)
    } catch {
      this.#changes = this.#changesPerSnapshot
    } finally {
      this.#snapshotting = false
    }
  }
}
