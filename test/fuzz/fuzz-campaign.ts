import { Chance } from './chance.ts'
import type { FuzzTarget } from './target.ts'

/** Longer than this, in milliseconds, is a hang. */
const MILLISECONDS_MAX = 50

/** No piece of memory may be larger than the input by more than this, whatever lengths the input claims. */
const ALLOWANCE_BYTES = 64 * 1024

/** On the heap a value takes more than its bytes: an entry of a table of two bytes becomes two objects. */
const HEAP_FACTOR = 64

const BATCH = 200

/** One input in so many is also weighed on the heap. */
const WEIGHED = 2048

export interface FuzzPlan {
  readonly inputs: number
  readonly seed: number
}

export interface FuzzReport {
  accepted: number
  refused: number
  /** The slowest input that was looked at alone, in milliseconds; 0 when no batch was slow. */
  slowest: number
  seconds: number
}

/** An input that was read as it must not be. */
export class FuzzFinding extends Error {
  readonly input: Buffer | string

  constructor(target: FuzzTarget, seed: number, input: Buffer | string, cause: unknown) {
    super(`${target.name}, seed ${seed}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`)
    this.input = input
  }
}

/**
 * Reads so many inputs; throws a `FuzzFinding` at the first that crashes the reader, hangs it, or makes it allocate what
 * the input does not account for. Batches are timed, and only what is in a slow one is timed alone, best of five: what
 * the machine or the garbage collection took is no hang.
 */
export async function fuzzTarget(target: FuzzTarget, plan: FuzzPlan): Promise<FuzzReport> {
  const chance = new Chance(plan.seed)
  const make = target.maker(plan.seed)
  const report: FuzzReport = { accepted: 0, refused: 0, slowest: 0, seconds: 0 }
  const started = performance.now()
  using watch = new AllocationWatch()
  for (let done = 0; done < plan.inputs; done += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, plan.inputs - done) }, () => make(chance))
    const time = performance.now()
    for (const input of batch) await readOne(target, plan.seed, input, report, watch)
    if (performance.now() - time > MILLISECONDS_MAX) await timeEach(target, plan.seed, batch, report)
    if (done % WEIGHED < BATCH) await weigh(target, plan.seed, batch[0]!)
  }
  report.seconds = (performance.now() - started) / 1000
  return report
}

async function readOne(
  target: FuzzTarget,
  seed: number,
  input: Buffer | string,
  report: FuzzReport,
  watch: AllocationWatch,
): Promise<void> {
  watch.allow(sizeOf(input) + ALLOWANCE_BYTES)
  try {
    const answer = target.read(input)
    // Most readers answer at once, and a turn for each input would cost more than reading it.
    let accepted = answer === true
    if (typeof answer !== 'boolean') accepted = await answer
    if (accepted) report.accepted++
    else report.refused++
    watch.check()
  } catch (error) {
    throw new FuzzFinding(target, seed, input, error)
  }
}

async function timeEach(target: FuzzTarget, seed: number, batch: readonly (Buffer | string)[], report: FuzzReport) {
  for (const input of batch) {
    let best = Number.POSITIVE_INFINITY
    for (let tries = 0; tries < 5 && best > MILLISECONDS_MAX; tries++) {
      const start = performance.now()
      await target.read(input)
      best = Math.min(best, performance.now() - start)
    }
    report.slowest = Math.max(report.slowest, best)
    if (best > MILLISECONDS_MAX)
      throw new FuzzFinding(target, seed, input, new Error(`${sizeOf(input)} bytes take ${best} ms`))
  }
}

/** What an input leaves on the heap before any garbage is collected: the least of some tries. */
async function weigh(target: FuzzTarget, seed: number, input: Buffer | string): Promise<void> {
  const allowed = HEAP_FACTOR * sizeOf(input) + 4 * ALLOWANCE_BYTES
  let least = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 8 && least > allowed; tries++) {
    const before = process.memoryUsage().heapUsed
    await target.read(input)
    const grown = process.memoryUsage().heapUsed - before
    if (grown >= 0) least = Math.min(least, grown)
  }
  if (least === Number.POSITIVE_INFINITY || least <= allowed) return
  throw new FuzzFinding(target, seed, input, new Error(`${sizeOf(input)} bytes become ${least} on the heap`))
}

function sizeOf(input: Buffer | string): number {
  return typeof input === 'string' ? 2 * input.length : input.length
}

const allocators = ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const

/** Looks at every buffer that is allocated while it lives. */
class AllocationWatch implements Disposable {
  #allowed = Number.POSITIVE_INFINITY
  #excess: string | undefined
  readonly #originals = allocators.map((name) => [name, Buffer[name]] as const)

  constructor() {
    for (const [name, original] of this.#originals) {
      Buffer[name] = (size: number, ...rest: []) => {
        if (size > this.#allowed) this.#excess ??= `${size} bytes are allocated where ${this.#allowed} are due`
        return original.call(Buffer, size, ...rest)
      }
    }
  }

  /** From now on no buffer may be larger. */
  allow(bytes: number): void {
    this.#allowed = bytes
  }

  /** Throws when one was. */
  check(): void {
    this.#allowed = Number.POSITIVE_INFINITY
    const excess = this.#excess
    this.#excess = undefined
    if (excess !== undefined) throw new Error(excess)
  }

  [Symbol.dispose](): void {
    for (const [name, original] of this.#originals) Buffer[name] = original
  }
}
