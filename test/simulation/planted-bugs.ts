import type { Story } from './simulation-plan.ts'

/** Text of one source that a bug replaces. */
export interface Edit {
  /** Path under `src`. */
  readonly file: string
  /** Occurs there exactly once. */
  readonly text: string
  readonly by: string
}

/** A bug that brokers have had, planted into the sources as they are loaded: the product knows nothing of it. */
export interface PlantedBug {
  readonly name: string
  readonly edits: readonly Edit[]
  /** Where it shows often enough. */
  readonly story?: Story
}

/** Segments are filled and sealed, and their indexes damaged. */
export const sealingStory: Story = {
  lives: 2,
  actions: 150,
  segmentBytes: 16 * 1024,
  bodyBytes: 1_000,
  definitionsEvery: 20,
  indexDamageEvery: 1,
  endings: ['closed', 'killed', 'power off'],
}

/** The log is out of proportion all the time, so messages are moved; the power goes meanwhile. */
export const movingStory: Story = {
  lives: 2,
  actions: 200,
  segmentBytes: 16 * 1024,
  bodyBytes: 2_000,
  definitionsEvery: 20,
  bounds: {
    extentBytes: 4 * 1024,
    reserveBytes: 0,
    notesAhead: 8,
    changesPerSnapshot: 40,
    residence: { count: 16, bytes: 4096 },
  },
  endings: ['power cut', 'power off'],
  cutWithin: 400,
}

/** What the simulation has to find. */
export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'no sync: what a write brought may be in the memory of the machine only',
    edits: [
      {
        file: 'store/segment-files.ts',
        text: "this.#disk.open(this.#path(segmentName(number)), 'durable')",
        by: "this.#disk.open(this.#path(segmentName(number)), 'read')",
      },
    ],
  },
  {
    name: 'early confirm: as soon as the message is laid out to be written',
    edits: [
      {
        file: 'broker/message-store.ts',
        text: 'const position = this.#log.durable\n',
        by: 'const position = this.#log.end\n',
      },
    ],
  },
  {
    name: 'no checksum is checked',
    edits: [
      { file: 'store/record.ts', text: '=== checksum(words, at + 8, end, seed)', by: '!== checksum.length + 2 ** 32' },
      {
        file: 'store/record.ts',
        text: '=== checksum(words, from, from + bodySizeAt(view, at), seed)',
        by: '!== from + 2 ** 32 + seed',
      },
    ],
  },
  {
    name: 'no sync of the directory after a rename',
    edits: [
      {
        file: 'store/segment-files.ts',
        text: 'await this.#disk.rename(this.#path(from), this.#path(to))\n    await this.#disk.syncDirectory(this.#directory)',
        by: 'await this.#disk.rename(this.#path(from), this.#path(to))',
      },
    ],
  },
  {
    name: 'a failed write counts as made',
    edits: [{ file: 'store/log-writer.ts', text: 'if (error !== null) {', by: 'if (error === undefined) {' }],
  },
  {
    name: 'a failed sync is tried again',
    edits: [
      {
        file: 'store/recovery.ts',
        text: 'await target.sync()',
        by: 'await target.sync().catch(() => target.sync())',
      },
      {
        file: 'store/disk.ts',
        text: 'await writeFully(file, bytes, 0)\n    await file.sync()',
        by: 'await writeFully(file, bytes, 0)\n    await file.sync().catch(() => file.sync())',
      },
    ],
  },
  {
    name: 'a message is handed out before the disk knows that it may have been',
    edits: [
      { file: 'broker/queues/backlog.ts', text: 'if (this.isNoted(delivery)) return true\n', by: 'return true\n' },
    ],
  },
  {
    name: 'some acknowledgements are not written',
    edits: [{ file: 'broker/message-store.ts', text: 'if (settled.length > 0)', by: 'if (settled.length > 1)' }],
  },
  {
    name: 'recovery leaves out the last write',
    edits: [
      {
        file: 'store/tail.ts',
        text: 'torn === undefined ? scan.end : Math.max(torn.from, scan.proven)',
        by: 'scan.proven',
      },
    ],
  },
  {
    name: 'an unclosed segment is trusted as it is read',
    edits: [
      {
        file: 'store/recovery.ts',
        text: 'last !== undefined && (mark?.number ?? 0) < last.number',
        by: 'last !== undefined && last.number < 0',
      },
    ],
  },
  {
    name: 'a segment is recycled while messages live in it',
    edits: [{ file: 'broker/extents.ts', text: 'Math.min(this.#first() ?? last, last)', by: 'last' }],
  },
  {
    name: 'a segment is recycled before what was moved out of it is on disk',
    edits: [
      {
        file: 'broker/straggler-mover.ts',
        text: 'if (durable < this.#movedThrough) return',
        by: 'if (durable < 0) return',
      },
    ],
    story: movingStory,
  },
  {
    name: 'a start puts messages in another order',
    edits: [
      {
        file: 'broker/recovered-queue.ts',
        text: 'for (let index = 0; index < chunk.length; index++) {\n        const sequence',
        by: 'for (let index = chunk.length - 1; index >= 0; index--) {\n        const sequence',
      },
    ],
  },
  {
    name: 'an index is believed without a check',
    edits: [
      {
        file: 'store/segment-index.ts',
        text: 'crc32(words.buffer.subarray(PREAMBLE_SIZE, bytes)) !== view.getUint32(40, true)',
        by: 'bytes < 0',
      },
    ],
    story: sealingStory,
  },
  {
    name: 'a confirm does not wait for the log of a stream',
    edits: [{ file: 'broker/commit-marks.ts', text: 'log.stored < through', by: 'log.stored < 0 * through' }],
  },
  {
    name: 'a start forgets what was handed out before',
    edits: [{ file: 'broker/recovery.ts', text: 'queue.deliveredThrough = through\n', by: 'void through\n' }],
  },
]
