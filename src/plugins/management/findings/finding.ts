import type { JsonObject } from '../listing.ts'

/** Something that is wrong, or will be. */
export interface Finding {
  /** `queue_growing`: what rule found it; the user interface has a page for each. */
  readonly rule: string
  readonly severity: 'critical' | 'warning' | 'info'
  /** One sentence. */
  readonly text: string
  /** What to do about it. */
  readonly fix: string
  /** Who may be told: those who see this virtual host; who watches over the broker where there is none. */
  readonly vhost?: string
  /** What it is about: `queue` and its name. */
  readonly kind?: string
  readonly name?: string
  /** Figures behind the sentence. */
  readonly values?: JsonObject
}

/** Findings of one rule that are told one by one. */
const SAME_MAX = 20

/** Severest first; of very many of one rule the first ones. Answers how many there are of each rule. */
export function ordered(found: readonly Finding[]): { findings: Finding[]; counts: Record<string, number> } {
  const counts: Record<string, number> = {}
  const findings: Finding[] = []
  for (const severity of ['critical', 'warning', 'info']) {
    for (const finding of found) {
      if (finding.severity !== severity) continue
      counts[finding.rule] = (counts[finding.rule] ?? 0) + 1
      if (counts[finding.rule]! <= SAME_MAX) findings.push(finding)
    }
  }
  return { findings, counts }
}

/** `1 message`, `2 messages`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
