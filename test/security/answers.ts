import { readOwn } from '../source-tree.ts'

/** How something that could go wrong is answered: by tests, by a reason, or by both. */
interface Answer {
  readonly id: string
  readonly what: string
  /** Names of tests in `evidence.json`. */
  readonly tests?: readonly string[]
  /** A name in `reasons.json`, or a sentence. */
  readonly reason?: string
}

/** A flaw that was found in RabbitMQ and the software around it, in our words. */
export interface Advisory extends Answer {
  readonly severity: 'low' | 'medium' | 'high' | 'critical'
  /** Which software it was found in. */
  readonly part: string
}

/** A test: its file and its title, as it stands in the source. */
export type Evidence = readonly [path: string, title: string]

function read<T>(name: string): T {
  return JSON.parse(readOwn(`test/security/${name}.json`)) as T
}

export const advisories = read<readonly Advisory[]>('advisories')
export const threats = read<readonly Answer[]>('threats')
export const evidence = read<Readonly<Record<string, Evidence>>>('evidence')

const reasons = read<Readonly<Record<string, string>>>('reasons')

/** The reason of an answer as a sentence; undefined where tests say it all. */
export function reasonOf({ reason }: Answer): string | undefined {
  return reason === undefined ? undefined : (reasons[reason] ?? reason)
}
