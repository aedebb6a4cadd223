/** One series of a metric and its value. */
export interface Series {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Metrics by name, as they were told of before their series. */
export interface Metrics {
  readonly types: ReadonlyMap<string, string>
  readonly series: readonly Series[]
}

const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|-?[0-9.]+(?:e[+-]?\d+)?)$/
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y

/**
 * Reads the text format of Prometheus (0.0.4) as strictly as its own checker: throws for a line that is none, a metric
 * that was told of twice, and series that come twice or away from their metric.
 */
export function readMetrics(text: string): Metrics {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const types = new Map<string, string>()
  const seen = new Set<string>()
  const series: Series[] = []
  let current = ''
  for (const written of text.slice(0, -1).split('\n')) {
    const [, keyword, name = '', rest = ''] = /^# (TYPE|HELP) (\S+) (.*)$/.exec(written) ?? []
    if (keyword === 'TYPE') {
      if (types.has(name)) throw new Error(`told of twice: ${name}`)
      types.set(name, rest)
      current = name
    } else if (keyword === undefined) {
      const one = readSeries(written)
      if (one.name !== current && !(types.get(current) === 'histogram' && one.name.startsWith(`${current}_`))) {
        throw new Error(`away from its metric: ${written}`)
      }
      const identity = JSON.stringify([one.name, Object.entries(one.labels).sort()])
      if (seen.has(identity)) throw new Error(`twice: ${written}`)
      seen.add(identity)
      series.push(one)
    }
  }
  return { types, series }
}

function readSeries(written: string): Series {
  const [, name, inside = '', value] = line.exec(written) ?? []
  if (name === undefined) throw new Error(`no series: ${written}`)
  const labels: Record<string, string> = {}
  label.lastIndex = 0
  while (label.lastIndex < inside.length) {
    const [whole, key, text] = label.exec(inside) ?? []
    if (whole === undefined) throw new Error(`no labels: ${written}`)
    labels[key!] = text!.replace(/\\(["\\n])/g, (_, char: string) => (char === 'n' ? '\n' : char))
  }
  return { name, labels, value: Number(value!.replace('Inf', 'Infinity')) }
}
