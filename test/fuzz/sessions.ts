import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { FrameDecoder } from '../../src/wire/amqp091/frame.ts'
import { FrameWriter } from '../../src/wire/amqp091/writer.ts'
import type { Chance } from './chance.ts'
import { damaged } from './damage.ts'
import { methods } from './methods.ts'

/** Where sessions of real clients are kept, and inputs that once failed. */
export const corpusFolder = new URL('./corpus/amqp091/', import.meta.url)

/** Those sessions and inputs, by file name. */
export function corpus(): ReadonlyMap<string, Buffer> {
  const files = readdirSync(corpusFolder).filter((file) => file.endsWith('.bin'))
  return new Map(files.map((file) => [file, readFileSync(new URL(file, corpusFolder))]))
}

export interface Frame {
  readonly head: Buffer
  readonly payload: Buffer
}

/** Frames to damage: those of the corpus, and made-up methods of every kind. */
export class Sessions {
  readonly #sessions: readonly (readonly Frame[])[]

  constructor(seed: number) {
    const all = [...[...corpus().values()].map(framesOf), madeUp(seed)]
    this.#sessions = all.filter((session) => session.length > 0)
  }

  /** Some frames, most of them sound, and now and then damage that knows nothing of frames. */
  stream(chance: Chance): Buffer {
    const session = chance.pick(this.#sessions)
    const start = chance.below(session.length)
    const parts: Buffer[] = []
    for (let i = start; i < Math.min(session.length, start + 1 + chance.below(6)); i++) {
      const { head, payload } = chance.oneIn(8) ? this.#anyFrame(chance) : session[i]!
      const content = chance.oneIn(2) && payload.length > 0 ? damaged(payload, chance) : payload
      parts.push(head, sizeOf(content), content, frameEnd)
    }
    const stream = Buffer.concat(parts)
    return chance.oneIn(4) ? damaged(stream, chance) : stream
  }

  /** The payload of a frame of a type, damaged more often than not. */
  payload(type: number, chance: Chance): Buffer {
    const payloads = this.#payloads.get(type) ?? this.#collect(type)
    const payload = chance.pick(payloads)
    return payload.length > 0 && !chance.oneIn(8) ? damaged(payload, chance) : payload
  }

  readonly #payloads = new Map<number, readonly Buffer[]>()

  #collect(type: number): readonly Buffer[] {
    const found = this.#sessions.flat().filter(({ head }) => head[0] === type)
    const payloads = found.map(({ payload }) => payload)
    this.#payloads.set(type, payloads)
    return payloads
  }

  #anyFrame(chance: Chance): Frame {
    return chance.pick(chance.pick(this.#sessions))
  }
}

const frameEnd = Buffer.from([0xce])

function sizeOf(content: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(content.length)
  return size
}

function framesOf(stream: Buffer): Frame[] {
  const frames: Frame[] = []
  const decoder = new FrameDecoder(2 ** 32)
  try {
    decoder.push(stream, 0, stream.length, {
      onFrame(type, channel, buffer, start, end) {
        const payload = Buffer.from(buffer.subarray(start, end))
        frames.push({ head: Buffer.from([type, channel >>> 8, channel]), payload })
      },
    })
  } catch {
    // An input that once failed need not be made of frames to its end.
  }
  return frames
}

function madeUp(seed: number): Frame[] {
  const writer = new FrameWriter()
  for (const method of fc.sample(methods, { seed, numRuns: 300 })) writer.method(1, method)
  return framesOf(Buffer.concat(writer.take()))
}
