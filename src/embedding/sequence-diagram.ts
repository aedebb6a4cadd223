import type { RecordedStep } from './recording.ts'

/** Letters of a body that are shown. */
const TEXT_MAX = 40

const endings = { accepted: 'ack', requeued: 'requeue', failed: 'nack, requeue', discarded: 'reject' } as const

/** Steps as a sequence diagram of Mermaid. */
export function writeMermaid(steps: readonly RecordedStep[]): string {
  const participants = new Participants()
  const lines = steps.flatMap((step) => linesOf(step, participants))
  return `${['sequenceDiagram', ...participants.lines, ...lines].join('\n')}\n`
}

function linesOf(step: RecordedStep, participants: Participants): string[] {
  const client = participants.client(step.client)
  const text = shown(step)
  switch (step.kind) {
    case 'publish': {
      const exchange = participants.named('exchange', step.exchange === '' ? '(default)' : step.exchange)
      const routes = step.queues.map((queue) => `  ${exchange}->>${participants.named('queue', queue)}: route`)
      if (routes.length === 0) routes.push(`  Note over ${exchange}: unroutable`)
      return [`  ${client}->>${exchange}: publish ${escaped(`'${step.routingKey}'`)} ${text}`, ...routes]
    }
    case 'deliver': {
      const queue = participants.named('queue', step.queues[0] ?? '')
      return [`  ${queue}->>${client}: ${step.redelivered ? 'redeliver' : 'deliver'} ${text}`]
    }
    case 'settle': {
      const queue = participants.named('queue', step.queues[0] ?? '')
      return [`  ${client}-->>${queue}: ${endings[step.outcome ?? 'accepted']}`]
    }
    default:
      return step.kind satisfies never
  }
}

function shown({ message }: RecordedStep): string {
  const { text } = message
  const short = text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text
  return escaped(short)
}

/** Mermaid ends a statement at a semicolon, and takes `#` for an entity. */
function escaped(text: string): string {
  return text.replace(/[#;<>]/g, (char) => `#${char.charCodeAt(0)};`).replace(/\s+/g, ' ')
}

/** Who takes part, by short names that Mermaid can read, in the order in which they come in. */
class Participants {
  readonly lines: string[] = []
  readonly #names = new Map<string, string>()

  client(name: string | undefined): string {
    return this.named('client', name ?? 'the broker')
  }

  named(kind: 'client' | 'exchange' | 'queue', name: string): string {
    const key = `${kind} ${name}`
    const known = this.#names.get(key)
    if (known !== undefined) return known
    const id = `${kind[0]}${this.#names.size + 1}`
    this.#names.set(key, id)
    const title = kind === 'client' ? name : key
    this.lines.push(`  ${kind === 'client' ? 'actor' : 'participant'} ${id} as ${escaped(title)}`)
    return id
  }
}
