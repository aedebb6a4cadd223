import { packageVersion } from './version.ts'

export interface BannerFacts {
  readonly configuration: readonly string[]
  readonly dataDirectory: string | undefined
  readonly logs: readonly string[]
}

/** What a person reads first: which program, and where its configuration, data and logs are. */
export function banner(facts: BannerFacts): string {
  const rows: readonly [string, string][] = [
    ['config', facts.configuration.length === 0 ? '(none: defaults)' : facts.configuration.join(', ')],
    ['data', facts.dataDirectory ?? '(memory only: gone when the broker stops)'],
    ['logs', facts.logs.length === 0 ? '(none)' : facts.logs.join(', ')],
  ]
  const title = `Lapine ${packageVersion()} on Node.js ${process.versions.node}, process ${process.pid}`
  const art = ['  (\\ /)', '  ( . .)', '  c(")(")']
  const lines = [title, ...rows.map(([name, value]) => `${name.padEnd(8)}${value}`)]
  return `\n${lines.map((line, index) => `${(art[index] ?? '').padEnd(12)}${line}`).join('\n')}\n\n`
}
