/**
 * Damages the data directory of a broker in every way of two kinds and looks what a start makes of it: the log
 * of messages is cut short at each byte of its last 64 KiB, and single bytes in any file are changed.
 *
 *   npm run prove:damage -- [--flips 10000] [--every-cut 1] [--broker-every 50] [--seed N] [--case N]
 */
import { parseArgs } from 'node:util'
import type { FakeDisk } from '../support/fake-disk.ts'
import { mulberry } from '../support/mulberry.ts'
import { checkBroker, checkStore, type Outcome } from './damage-check.ts'
import { type World, WorldBuilder } from './damage-world.ts'

/** Places at which the log is cut: cases below it are cuts, those from it on are flips. */
export const cutCases = 65_536

export interface DamagePlan {
  readonly seed: number
  readonly flips: number
  /** One cut in so many is tried. */
  readonly cutEvery: number
  /** One case in so many is also tried with a whole broker, and each in which definitions are hit. */
  readonly brokerEvery: number
  /** This case alone, with a whole broker. */
  readonly only?: number
}

/** What a campaign came to. */
export interface DamageReport {
  cuts: number
  flips: number
  brokers: number
  recordsLost: number
  recordsLostAtMost: number
  rangesNamed: number
  queuesGone: number
  loginsGone: number
  /** By the kind of file: how many flips hit one. */
  readonly hits: Map<string, number>
  readonly violations: string[]
}

interface Case {
  readonly number: number
  readonly world: World
  readonly kind: string
  readonly what: string
  /** Only a broker can tell what the damage means. */
  readonly needsBroker: boolean
  /** A copy of the world's disk with the damage done. */
  make(): FakeDisk
  /** Complaints about how much is lost. */
  judge(outcome: Outcome): string | undefined
}

/** Runs a campaign; a case depends on the seed and its number alone. */
export async function damageCampaign(plan: DamagePlan): Promise<DamageReport> {
  const worlds = {
    closed: await WorldBuilder.closed(plan.seed),
    killed: await WorldBuilder.killed(plan.seed + 1),
    young: await WorldBuilder.young(plan.seed + 2),
  }
  const report: DamageReport = {
    cuts: 0,
    flips: 0,
    brokers: 0,
    recordsLost: 0,
    recordsLostAtMost: 0,
    rangesNamed: 0,
    queuesGone: 0,
    loginsGone: 0,
    hits: new Map(),
    violations: [],
  }
  for (const number of caseNumbers(plan)) {
    const one = number < cutCases ? cutCase(number, worlds.closed) : flipCase(number, plan.seed, worlds)
    const due = (report.cuts + report.flips) % plan.brokerEvery === 0
    const withBroker = plan.only !== undefined || due || one.needsBroker
    if (number < cutCases) report.cuts += 1
    else report.flips += 1
    await runCase(one, withBroker, report)
  }
  return report
}

function* caseNumbers({ only, cutEvery, flips }: DamagePlan): Generator<number> {
  if (only !== undefined) return yield only
  for (let number = 0; number < cutCases; number += cutEvery) yield number
  for (let number = 0; number < flips; number++) yield cutCases + number
}

async function runCase(one: Case, withBroker: boolean, report: DamageReport): Promise<void> {
  const fail = (text: string) => report.violations.push(`case ${one.number}, ${one.what}: ${text}`)
  try {
    const outcome = await checkStore(one.make(), one.world)
    const complaint = one.judge(outcome)
    if (complaint !== undefined) fail(complaint)
    if (withBroker) {
      report.brokers += 1
      await checkBroker(one.make(), one.world, outcome)
    }
    report.recordsLost += outcome.lost.length
    if (one.number >= cutCases) {
      report.recordsLostAtMost = Math.max(report.recordsLostAtMost, outcome.lost.length)
      report.hits.set(one.kind, (report.hits.get(one.kind) ?? 0) + 1)
    }
    report.rangesNamed += outcome.named
    report.queuesGone += outcome.queuesGone
    report.loginsGone += outcome.loginGone ? 1 : 0
  } catch (error) {
    fail(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
  }
}

const messagesDirectory = '/data/messages'

/** The log ends at a byte of its last 64 KiB: the file it lies in is cut, files behind it are gone. */
function cutCase(number: number, world: World): Case {
  const files = world.disk.names(messagesDirectory).filter((file) => file.endsWith('.segment'))
  const sizes = files.map((file) => world.disk.bytes(`${messagesDirectory}/${file}`).length)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let at = total - cutCases + number
  let nth = 0
  while (at >= sizes[nth]!) at -= sizes[nth++]!
  const cut = `${messagesDirectory}/${files[nth]}`
  const base = world.disk.bytes(cut).readUInt32LE(24)
  return {
    number,
    world,
    kind: 'cut',
    what: `${cut} cut at ${at}`,
    needsBroker: false,
    make() {
      const disk = world.disk.kill(number)
      disk.replace(cut, disk.bytes(cut).subarray(0, at))
      for (const file of files.slice(nth + 1)) void disk.remove(`${messagesDirectory}/${file}`)
      return disk
    },
    judge({ lost }) {
      // The segment's own first bytes are no record's.
      const early = lost.find(({ log, end }) => log !== 'messages' || end <= base + at)
      return early && `record ${early.position} of ${early.log} lies before the cut and is lost`
    },
  }
}

/** One byte of one file is another: files are chosen by kind first, that small ones get their share. */
function flipCase(number: number, seed: number, worlds: Readonly<Record<World['name'], World>>): Case {
  const random = mulberry(seed + Math.imul(number, 0x9e37_79b1))
  const below = (limit: number) => Math.floor(random() * limit)
  const world = worlds[(['closed', 'killed', 'young'] as const)[below(3)]!]
  const kinds = filesByKind(world.disk)
  const names = [...kinds.keys()]
  // Half of all flips hit the segments of the message log.
  const kind = below(2) === 0 ? 'messages segment' : names[below(names.length)]!
  const files = kinds.get(kind)!
  const path = files[below(files.length)]!
  const at = below(usedBytes(world.disk.bytes(path)))
  const mask = below(2) === 0 ? 1 << below(8) : 1 + below(255)
  return {
    number,
    world,
    kind,
    what: `${path} byte ${at} ^ ${mask} (${world.name})`,
    needsBroker: kind === 'definitions segment' || kind === 'definitions snapshot',
    make() {
      const disk = world.disk.kill(number)
      disk.bytes(path)[at]! ^= mask
      return disk
    },
    judge: ({ lost }) => (lost.length > 1 ? `${lost.length} records are lost by one byte` : undefined),
  }
}

function filesByKind(disk: FakeDisk): Map<string, string[]> {
  const kinds = new Map<string, string[]>()
  for (const directory of ['/data', '/data/messages', '/data/definitions']) {
    for (const name of disk.names(directory)) {
      const path = `${directory}/${name}`
      if (disk.bytes(path).length === 0 || name.endsWith('.spare')) continue
      const kind = `${directory.slice(6)} ${name.replace(/^\d+\./, '')}`
      kinds.set(kind, [...(kinds.get(kind) ?? []), path])
    }
  }
  return kinds
}

/** Up to the zeros at the end of a segment that is not full, and some of them. */
function usedBytes(bytes: Buffer): number {
  let end = bytes.length
  while (end > 0 && bytes[end - 1] === 0) end -= 1
  return Math.min(bytes.length, end + 64)
}

/** Violations that differ in numbers only are one finding. */
function likeFailures(violations: readonly string[]): Map<string, string[]> {
  const alike = new Map<string, string[]>()
  for (const violation of violations) {
    const key = violation.replace(/\d+/g, '')
    const others = alike.get(key) ?? []
    others.push(violation)
    alike.set(key, others)
  }
  return alike
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      flips: { type: 'string', default: '10000' },
      'every-cut': { type: 'string', default: '1' },
      'broker-every': { type: 'string', default: '50' },
      seed: { type: 'string', default: '20261121' },
      case: { type: 'string' },
    },
  })
  const started = performance.now()
  const seed = Number(values.seed)
  const report = await damageCampaign({
    seed,
    flips: Number(values.flips),
    cutEvery: Number(values['every-cut']),
    brokerEvery: Number(values['broker-every']),
    ...(values.case === undefined ? {} : { only: Number(values.case) }),
  })
  const { violations, hits } = report
  for (const alike of likeFailures(violations).values()) {
    for (const violation of alike.slice(0, 5)) console.log(`FAILED: ${violation}`)
    if (alike.length > 5) console.log(`        and ${alike.length - 5} like it`)
  }
  console.log(`${report.cuts} cuts, ${report.flips} flipped bytes; ${report.brokers} of them with a whole broker`)
  const byKind = [...hits].map(([kind, count]) => `${kind} ${count}`).join(', ')
  if (hits.size > 0) console.log(`flips by kind of file: ${byKind}`)
  console.log(`records lost: ${report.recordsLost}, by one flip at most ${report.recordsLostAtMost}`)
  console.log(`damaged ranges named: ${report.rangesNamed}`)
  console.log(`with a definition that was hit went: ${report.queuesGone} queues, ${report.loginsGone} logins`)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const verdict = violations.length === 0 ? 'passed' : `${violations.length} FAILED (replay with --case N)`
  console.log(`prove:damage: ${report.cuts + report.flips} cases in ${seconds} s, seed ${seed}: ${verdict}`)
  if (violations.length > 0) process.exitCode = 1
}

if (import.meta.main) await main()
