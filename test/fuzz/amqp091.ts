import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import fc from 'fast-check'
import { FrameDecoder } from '../../src/wire/amqp091/frame.ts'
import { FrameWriter } from '../../src/wire/amqp091/writer.ts'
import { checkDecoding } from './amqp091-oracle.ts'
import { Chance } from './chance.ts'
import { damaged } from './damage.ts'
import { methods } from './methods.ts'

/**
 * Fuzzing of the AMQP 0-9-1 decoders: `node test/fuzz/amqp091.ts --runs 1000000 --seed 7`. Each run takes
 * a session of the corpus or made-up methods apart into frames, damages some of them, puts them together
 * again and hands the stream to the oracle. An input that fails is kept beside the corpus.
 */
const corpusFolder = new URL('./corpus/amqp091/', import.meta.url)

/** Sessions of real clients, and inputs that once failed. */
export function corpus(): ReadonlyMap<string, Buffer> {
  const files = readdirSync(corpusFolder).filter((file) => file.endsWith('.bin'))
  return new Map(files.map((file) => [file, readFileSync(new URL(file, corpusFolder))]))
}

interface Frame {
  readonly head: Buffer
  readonly payload: Buffer
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

/** One input: some frames, most of them sound, and now and then damage that knows nothing of frames. */
function input(sessions: readonly (readonly Frame[])[], chance: Chance): Buffer {
  const session = chance.pick(sessions)
  const start = chance.below(session.length)
  const parts: Buffer[] = []
  for (let i = start; i < Math.min(session.length, start + 1 + chance.below(6)); i++) {
    const { head, payload } = chance.oneIn(8) ? chance.pick(chance.pick(sessions)) : session[i]!
    const content = chance.oneIn(2) && payload.length > 0 ? damaged(payload, chance) : payload
    const size = Buffer.alloc(4)
    size.writeUInt32BE(content.length)
    parts.push(head, size, content, Buffer.from([0xce]))
  }
  const stream = Buffer.concat(parts)
  return chance.oneIn(4) ? damaged(stream, chance) : stream
}

/** An input the decoders mishandled; `cause` says how. */
export class Finding extends Error {
  readonly input: Buffer

  constructor(run: number, seed: number, bytes: Buffer, cause: unknown) {
    super(`run ${run} of seed ${seed} failed: ${cause}`, { cause })
    this.input = bytes
  }
}

/** Longer than this, in milliseconds, is a hang. */
const timeMax = 50

/** How long the check takes. One that seems slow gets more tries, since the machine may have been busy elsewhere. */
function timeOf(bytes: Buffer, chance: Chance): number {
  let best = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 5 && best > timeMax; tries++) {
    const start = performance.now()
    checkDecoding(bytes, chance)
    best = Math.min(best, performance.now() - start)
  }
  if (best > timeMax) throw new Error(`${bytes.length} bytes take ${best} ms`)
  return best
}

/** Does `runs` runs; throws a `Finding` at the first that fails. Says how long the slowest took, in milliseconds. */
export function fuzz(runs: number, seed: number): number {
  const chance = new Chance(seed)
  const sessions = [...[...corpus().values()].map(framesOf), madeUp(seed)].filter((session) => session.length > 0)
  let slowest = 0
  for (let run = 0; run < runs; run++) {
    const bytes = input(sessions, chance)
    try {
      slowest = Math.max(slowest, timeOf(bytes, chance))
    } catch (error) {
      throw new Finding(run, seed, bytes, error)
    }
  }
  return slowest
}

function main(): void {
  const { values } = parseArgs({ options: { runs: { type: 'string' }, seed: { type: 'string' } } })
  const runs = Number(values.runs ?? 100_000)
  const seed = Number(values.seed ?? Date.now() % 2 ** 31)
  console.log(`${runs} runs of seed ${seed}`)
  const start = performance.now()
  try {
    const slowest = fuzz(runs, seed)
    const seconds = (performance.now() - start) / 1000
    console.log(`nothing found in ${seconds.toFixed(1)} s; the slowest input took ${slowest.toFixed(1)} ms`)
  } catch (error) {
    if (!(error instanceof Finding)) throw error
    const file = fileURLToPath(new URL(`found-${seed}.bin`, corpusFolder))
    writeFileSync(file, error.input)
    console.error(error, `\nkept as ${file}`)
    process.exitCode = 1
  }
}

if (import.meta.main) main()
