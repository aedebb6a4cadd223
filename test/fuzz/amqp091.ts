import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkDecoding } from './amqp091-oracle.ts'
import { Chance } from './chance.ts'
import { corpusFolder, Sessions } from './sessions.ts'

/**
 * The decoders of AMQP 0-9-1 against themselves: `node test/fuzz/amqp091.ts --runs 1000000 --seed 7`. Each run takes a
 * session apart into frames, damages some of them, puts them together again and hands the stream to the oracle, which
 * wants the same outcome however the stream is cut. An input that fails is kept beside the corpus. (`npm run prove:fuzz`
 * is faster and asks each decoder less.)
 */

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
  const sessions = new Sessions(seed)
  let slowest = 0
  for (let run = 0; run < runs; run++) {
    const bytes = sessions.stream(chance)
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
