/**
 * Hands damaged input to everything that reads what it did not write itself:
 *
 *   npm run prove:fuzz -- [--inputs 10000000] [--target NAME]... [--seed N]
 *
 * Each reader gets so many inputs. None may crash it, hang it for more than 50 ms, or make it allocate a buffer larger
 * than the input by more than 64 KiB. An input that does is written to a file.
 */
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FuzzFinding, fuzzTarget } from '../fuzz/fuzz-campaign.ts'
import { fuzzTargets } from '../fuzz/targets.ts'

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '10000000' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string' },
  },
})

const inputs = Number(values.inputs)
const seed = Number(values.seed ?? Date.now() % 2 ** 31)
const names = values.target ?? fuzzTargets.map(({ name }) => name)
const unknown = names.filter((name) => !fuzzTargets.some((target) => target.name === name))
if (unknown.length > 0) throw new Error(`no such target: ${unknown.join(', ')}`)
console.log(`prove:fuzz: ${inputs} inputs for each of ${names.length} readers, seed ${seed}`)
let failed = 0
for (const reader of fuzzTargets.filter(({ name }) => names.includes(name))) {
  try {
    const { accepted, refused, slowest, seconds } = await fuzzTarget(reader, { inputs, seed })
    const rate = Math.round((accepted + refused) / seconds)
    const slow = slowest > 0 ? `, slowest seen ${slowest.toFixed(1)} ms` : ''
    console.log(`${reader.name.padEnd(16)} ${accepted} accepted, ${refused} refused, ${rate}/s${slow}`)
  } catch (error) {
    if (!(error instanceof FuzzFinding)) throw error
    failed++
    const file = join(tmpdir(), `lapine-fuzz-${reader.name.replaceAll(/\W/g, '-')}-${seed}.bin`)
    writeFileSync(file, error.input)
    console.log(`${reader.name.padEnd(16)} FAILED: ${error.message}\nkept as ${file}`)
  }
}
console.log(`prove:fuzz: ${failed === 0 ? 'passed' : `${failed} FAILED`}`)
process.exitCode = failed === 0 ? 0 : 1
