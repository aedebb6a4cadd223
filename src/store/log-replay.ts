import type { Disk } from './disk.ts'
import type { IndexFiles } from './index-files.ts'
import type { Position, VisitedRecord } from './log.ts'
import { type IndexContent, type ReplayListener, type ReplayRange, replaySegment } from './replay.ts'
import type { Segment } from './segment.ts'
import { type SegmentIndex, visitIndex } from './segment-index.ts'
import type { SegmentList } from './segment-list.ts'

export interface LogReplayOptions extends ReplayListener {
  readonly disk: Disk
  readonly directory: string
  readonly segments: SegmentList
  readonly indexes: IndexFiles
}

/** Which records of a log are visited: those from `from` to before `through`, all of them durable. */
export interface LogRange {
  readonly from: Position
  readonly through: Position
  readonly bodies: boolean
}

/** Visits the records of a log in order: from the indexes of its segments where they do, from the segments else. */
export class LogReplay {
  readonly #options: LogReplayOptions

  constructor(options: LogReplayOptions) {
    this.#options = options
  }

  async run({ from, through, bodies }: LogRange): Promise<void> {
    const { segments: all, indexes } = this.#options
    const visit = (record: VisitedRecord) => this.#options.visit(record)
    const segments = all.between(from, through)
    let ahead = this.#indexOf(segments[0], bodies)
    let saved = Promise.resolve()
    for (const [nth, segment] of segments.entries()) {
      const index = await ahead
      // Read while the records of this one are visited.
      ahead = this.#indexOf(segments[nth + 1], bodies)
      ahead.catch(() => undefined)
      if (index !== undefined) {
        visitIndex(index, from, visit)
        continue
      }
      // What lies behind the last durable record is not the log's yet.
      const to = segment.file === undefined ? undefined : Math.min(through, segment.end)
      const content = await this.#read(segment, { from, to, bodies })
      if (content === undefined || indexes.has(segment) || !all.includes(segment)) continue
      await saved
      saved = indexes.save({ segment, ...content })
    }
  }

  async #indexOf(segment: Segment | undefined, bodies: boolean): Promise<SegmentIndex | undefined> {
    if (segment === undefined || segment.file !== undefined || bodies) return undefined
    return await this.#options.indexes.read(segment)
  }

  /** Answers what the index of the segment is to hold. */
  async #read(segment: Segment, range: ReplayRange): Promise<IndexContent | undefined> {
    const { disk, directory, segments } = this.#options
    const file = await disk.open(`${directory}/${segment.fileName}`, 'read').catch((error: Error) => {
      // It was trimmed while the segments before it were visited.
      if (!segments.includes(segment)) return undefined
      throw error
    })
    if (file === undefined) return undefined
    try {
      return await replaySegment({ file, segment }, range, this.#options)
    } finally {
      await file.close()
    }
  }
}
