import assert from 'node:assert/strict'
import { silentLogger } from '../../src/std/logger.ts'
import { wordsOf } from '../../src/store/checksum.ts'
import type { Disk, DiskFile } from '../../src/store/disk.ts'
import type { Snapshot } from '../../src/store/log.ts'
import { completeRecord, OWN_SIZE, OwnKind, recordSize, writeHead, writeOwnRecord } from '../../src/store/record.ts'
import { scanSegment } from '../../src/store/scan.ts'
import { DATA_OFFSET, Segment } from '../../src/store/segment.ts'
import { SnapshotFiles } from '../../src/store/snapshot.ts'
import type { Chance } from './chance.ts'
import { damaged } from './damage.ts'
import { target } from './target.ts'

/** Bytes as a file that can only be read. */
class BytesFile implements DiskFile {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    return this.#bytes.copy(buffer, 0, position)
  }

  write(): void {
    throw new Error('nothing is written here')
  }

  async sync(): Promise<void> {}
  async truncate(): Promise<void> {}

  async size(): Promise<number> {
    return this.#bytes.length
  }

  async close(): Promise<void> {}
}

const segment = new Segment({ number: 3, base: 1_048_576, size: 65_536, salt: 99 })

/** A segment's records without the 4 KiB before them, sealed or not, some with bodies that are records themselves. */
function soundRecords(chance: Chance): Buffer {
  const words = wordsOf(Buffer.alloc(8192))
  let at = 0
  let count = 0
  while (at < 4096 && !chance.oneIn(12)) {
    const headerSize = chance.below(80)
    const bodySize = chance.below(chance.oneIn(8) ? 1500 : 60)
    const head = { type: 1 + chance.below(4), position: segment.start + at, distance: at, headerSize, bodySize }
    writeHead(words, at, head)
    for (let i = at + 32; i < at + 32 + headerSize + bodySize; i++) words.buffer[i] = i & 0xff
    completeRecord(words, at, segment.seed)
    at += recordSize(headerSize, bodySize)
    count++
  }
  const kind = chance.oneIn(2) ? OwnKind.seal : OwnKind.rest
  writeOwnRecord(words, at, { kind, position: segment.start + at, distance: at, count }, segment.seed)
  return words.buffer.subarray(0, at + (chance.oneIn(3) ? 0 : OWN_SIZE + chance.below(100)))
}

export const journalRecords = target<Buffer>({
  name: 'journal record',
  maker: (seed) => {
    const before = Buffer.alloc(DATA_OFFSET, seed & 0xff)
    return (chance) => {
      const records = soundRecords(chance)
      return Buffer.concat([before, records.length > 0 && !chance.oneIn(8) ? damaged(records, chance) : records])
    }
  },
  async read(input) {
    let holes = 0
    let visited = 0
    let last = 0
    const visitor = {
      bodies: true,
      record({
        position,
        header,
        body,
        damaged: bad,
      }: {
        position: number
        header: Buffer
        body: Buffer | undefined
        damaged: boolean
      }) {
        assert.ok(position > last, 'records come in order')
        last = position
        visited++
        if (!bad) assert.ok(body === undefined || header.length + body.length <= input.length)
      },
      hole(from: number, to: number) {
        assert.ok(from < to, 'a hole has a length')
        holes++
      },
    }
    const { count, end, proven } = await scanSegment(new BytesFile(input), segment, visitor, { windowBytes: 4096 })
    assert.equal(count, visited)
    assert.ok(proven <= end || count === 0)
    return holes === 0
  },
})

/** A disk of one file. */
function diskOf(bytes: Buffer): Disk {
  const disk: Partial<Disk> = {
    open: async () => new BytesFile(bytes),
    rename: async () => {},
    syncDirectory: async () => {},
  }
  return disk as Disk // a snapshot that is read needs no more
}

const options = { directory: 'd', log: 'definitions', logger: silentLogger, onDamage: () => {} }

/** The file of a snapshot as the store writes it. */
async function snapshotFile(snapshot: Snapshot): Promise<Buffer> {
  const written: Buffer[] = []
  const file: Partial<DiskFile> = {
    write: (bytes, { offset, length }, done) => {
      written.push(Buffer.from(bytes.subarray(offset, offset + length)))
      done(null)
    },
    sync: async () => {},
    close: async () => {},
  }
  const disk: Partial<Disk> = { ...diskOf(Buffer.alloc(0)), open: async () => file as DiskFile }
  await new SnapshotFiles({ ...options, disk: disk as Disk }, new Map()).save(snapshot)
  return Buffer.concat(written)
}

const content = JSON.stringify({ nextQueueNumber: 7, definitions: [{ kind: 'vhost', name: '/' }] })
const snapshots = await Promise.all(
  [content, '', content.repeat(40)].map((text, index) =>
    snapshotFile({ through: 4096 * index, bytes: Buffer.from(text) }),
  ),
)

export const snapshotFiles = target<Buffer>({
  name: 'snapshot',
  maker: () => (chance) => {
    const sound = chance.pick(snapshots)
    return chance.oneIn(8) ? sound : damaged(sound, chance)
  },
  async read(input) {
    const files = new SnapshotFiles({ ...options, disk: diskOf(input) }, new Map([[0, input.length]]))
    const snapshot = await files.read(0)
    if (snapshot === undefined) return false
    // What verifies is one of those that were written.
    assert.ok(snapshots.some((sound) => sound.subarray(sound.length - snapshot.bytes.length).equals(snapshot.bytes)))
    return true
  },
})
