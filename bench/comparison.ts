import type { Measurement } from './measurement.ts'

/** All rounds of one workload on one broker. */
export interface Series {
  readonly workload: string
  readonly rounds: readonly Measurement[]
}

/** Lowest, middle and highest of some rounds. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

const generatorBound = 0.9

/** Spread of the values that are there; undefined when none is. */
export function spread(values: readonly (number | undefined)[]): Spread | undefined {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b)
  if (sorted.length === 0) return undefined
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { min: sorted[0]!, median, max: sorted[sorted.length - 1]! }
}

/** Column heads of the table. */
export const columns = [
  'workload',
  'broker',
  'CPU µs/msg min/med/max',
  'msgs/s',
  'confirm p50/p99 ms',
  'delivery p50/p99 ms',
  'RSS peak MB',
  'CPU ratio',
  'rate ratio',
] as const

/** One row of the table; ratios say how many times better the first broker is than this one. */
export function row(series: Series, reference: Series | undefined): string[] {
  const { rounds } = series
  const cpu = cpuOf(series)
  const bound = rounds.some((round) => round.generatorLoad > generatorBound)
  return [
    series.workload,
    rounds[0]?.product ?? '?',
    cpu === undefined ? 'n/a' : [cpu.min, cpu.median, cpu.max].map(figure).join(' / '),
    `${Math.round(rateOf(series)).toLocaleString('en')}${bound ? '*' : ''}`,
    latency(rounds.map((round) => round.confirm)),
    latency(rounds.map((round) => round.delivery)),
    megabytes(spread(rounds.map((round) => round.residentBytesPeak))?.max),
    ratio(cpu?.median, reference && cpuOf(reference)?.median),
    ratio(reference && rateOf(reference), rateOf(series)),
  ]
}

/** Aligns rows under their heads, as a Markdown table that is readable as text too. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = columns.map((head, i) => Math.max(head.length, ...rows.map((cells) => cells[i]!.length)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(columns), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

/** A footnote, when a starred rate was bounded by the generator. */
export function footnote(rows: readonly (readonly string[])[]): string | undefined {
  if (!rows.some((cells) => cells[3]!.endsWith('*'))) return undefined
  return '* the generator used up a core: the broker could have gone faster, its CPU figure stands'
}

function cpuOf(series: Series): Spread | undefined {
  return spread(series.rounds.map((round) => round.cpuMicrosecondsPerMessage))
}

function rateOf(series: Series): number {
  return spread(series.rounds.map((round) => round.messagesPerSecond))?.median ?? 0
}

function latency(rounds: readonly Measurement['confirm'][]): string {
  const p50 = spread(rounds.map((round) => round?.p50))
  const p99 = spread(rounds.map((round) => round?.p99))
  return p50 === undefined || p99 === undefined ? '–' : `${figure(p50.median)} / ${figure(p99.median)}`
}

function megabytes(bytes: number | undefined): string {
  return bytes === undefined ? 'n/a' : String(Math.round(bytes / 1e6))
}

function ratio(one: number | undefined, other: number | undefined): string {
  return one === undefined || other === undefined || other === 0 ? '–' : `${figure(one / other)}x`
}

/** Three digits that matter. */
function figure(value: number): string {
  if (value >= 100) return String(Math.round(value))
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
