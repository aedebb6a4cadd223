import type { Table } from '../std/table.ts'
import { decodeTable, encodeTable } from '../std/table-codec.ts'
import type { Log } from '../store/log.ts'

/** One durable fact about the broker; `arguments` are field tables in their wire form, base64. */
export type Definition =
  | { readonly kind: 'vhost'; readonly name: string }
  | {
      readonly kind: 'user'
      readonly name: string
      readonly passwordHash: string
      readonly hashing: string
      readonly tags: readonly string[]
    }
  | {
      readonly kind: 'permission'
      readonly user: string
      readonly vhost: string
      readonly configure: string
      readonly write: string
      readonly read: string
    }
  | {
      readonly kind: 'exchange'
      readonly vhost: string
      readonly name: string
      readonly type: string
      readonly autoDelete: boolean
      readonly internal: boolean
      readonly arguments: string
    }
  | {
      readonly kind: 'queue'
      readonly vhost: string
      readonly name: string
      readonly type: string
      readonly number: number
      readonly autoDelete: boolean
      readonly arguments: string
    }
  | {
      readonly kind: 'binding'
      readonly vhost: string
      readonly source: string
      readonly destination: string
      readonly destinationKind: 'queue' | 'exchange'
      readonly routingKey: string
      readonly arguments: string
    }

export type DefinitionOf<K extends Definition['kind']> = Extract<Definition, { kind: K }>

export function packTable(table: Table): string {
  return table.length === 0 ? '' : encodeTable(table).toString('base64')
}

export function unpackTable(packed: string): Table {
  const bytes = Buffer.from(packed, 'base64')
  return decodeTable(bytes, 0, bytes.length)
}

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
  readonly #current = new Map<string, Definition>()
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
  *all<K extends Definition['kind']>(kind: K): Iterable<DefinitionOf<K>> {
    for (const definition of this.#current.values()) {
      if (definition.kind === kind) yield definition as DefinitionOf<K>
    }
  }

  get size(): number {
    return this.#current.size
  }

  /** A number for a durable queue that no other had or will have. */
  takeQueueNumber(): number {
    return this.#nextQueueNumber++
  }

  /** The message log knows of a queue with this number: no new one gets it. */
  skipQueueNumber(number: number): void {
    this.#nextQueueNumber = Math.max(this.#nextQueueNumber, number + 1)
  }

  put(definition: Definition): void {
    const key = identity(definition)
    // Equal to what is known: a redeclare costs no write.
    if (JSON.stringify(this.#current.get(key)) === JSON.stringify(definition)) return
    this.#append(RecordType.put, definition)
  }

  delete(definition: Definition): void {
    if (this.#current.has(identity(definition))) this.#append(RecordType.delete, definition)
  }

  /** Resolves when every change so far is durable; undefined when all are. */
  pending(): Promise<void> | undefined {
    return this.#log.durable < this.#log.end ? this.#log.flush() : undefined
  }

  #append(type: number, definition: Definition): void {
    this.#apply(type, definition)
    const bytes = Buffer.from(JSON.stringify(definition))
    const { buffer, offset } = this.#log.reserve(type, bytes.length, 0)
    bytes.copy(buffer, offset)
    if (++this.#changes >= this.#changesPerSnapshot && this.#changes > this.#current.size) void this.#snapshot()
  }

  #apply(type: number, definition: Definition): void {
    const key = identity(definition)
    if (type === RecordType.delete) this.#current.delete(key)
    else this.#current.set(key, definition)
    if (definition.kind === 'queue') this.#nextQueueNumber = Math.max(this.#nextQueueNumber, definition.number + 1)
  }

  #restore(content: SnapshotContent): void {
    this.#nextQueueNumber = content.nextQueueNumber
    for (const definition of content.definitions) this.#current.set(identity(definition), definition)
  }

  /** A storage fault on the way is reported by the store; the log then simply stays uncut. */
  async #snapshot(): Promise<void> {
    if (this.#snapshotting) return
    this.#snapshotting = true
    this.#changes = 0
    const through = this.#log.end
    const content: SnapshotContent = {
      nextQueueNumber: this.#nextQueueNumber,
      definitions: [...this.#current.values()],
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

/** What makes a definition the same thing as another, of which it is a newer version. */
function identity(definition: Definition): string {
  switch (definition.kind) {
    case 'vhost':
    case 'user':
      return JSON.stringify([definition.kind, definition.name])
    case 'permission':
      return JSON.stringify([definition.kind, definition.user, definition.vhost])
    case 'exchange':
    case 'queue':
      return JSON.stringify([definition.kind, definition.vhost, definition.name])
    case 'binding': {
      const { vhost, source, destinationKind, destination, routingKey } = definition
      return JSON.stringify(['binding', vhost, source, destinationKind, destination, routingKey, definition.arguments])
    }
  }
}
