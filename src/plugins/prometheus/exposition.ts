/** The kinds of a metric. */
export type MetricType = 'counter' | 'gauge' | 'untyped' | 'histogram'

/** Names and values by which series of one metric are told apart. */
export type Labels = Readonly<Record<string, string>>

/** Writes metrics in the text format of Prometheus (version 0.0.4). */
export class Exposition {
  readonly #parts: string[] = []

  /** Begins a metric: the series that follow are its. */
  metric(name: string, type: MetricType, help: string): void {
    this.#parts.push(`# TYPE ${name} ${type}\n# HELP ${name} ${escapeHelp(help)}\n`)
  }

  sample(name: string, labels: Labels, value: number): void {
    this.#parts.push(`${name}${writeLabels(labels)} ${writeValue(value)}\n`)
  }

  /** How many observations were at most so large; `counts` has one more for those beyond the last bound. */
  histogram(
    name: string,
    labels: Labels,
    {
      bounds,
      counts,
      sum,
    }: { readonly bounds: readonly number[]; readonly counts: ArrayLike<number>; readonly sum: number },
  ): void {
    let total = 0
    bounds.forEach((bound, index) => {
      total += counts[index]!
      this.sample(`${name}_bucket`, { ...labels, le: String(bound) }, total)
    })
    total += counts[bounds.length]!
    this.sample(`${name}_bucket`, { ...labels, le: '+Inf' }, total)
    this.sample(`${name}_count`, labels, total)
    this.sample(`${name}_sum`, labels, sum)
  }

  toString(): string {
    return this.#parts.join('')
  }
}

function writeLabels(labels: Labels): string {
  const written = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return written.length === 0 ? '' : `{${written.join(',')}}`
}

function writeValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  return String(value)
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
