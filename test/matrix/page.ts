import type { Seen } from './seen.ts'
import { said, type Way, ways } from './sent.ts'

/** What every receiver saw of the message of every sender. */
export type Matrix = ReadonlyMap<Way, ReadonlyMap<Way, Seen>>

const head = `# Between protocols

What becomes of a message that is sent by one protocol and received by another: by its properties, its headers and their types. The tables are
written by \`test/features/protocol-matrix.test.ts\`, which sends a message that says all it can, by each protocol, and compares what comes
out of each with this page (\`WRITE_MATRIX=1\` writes it anew).

AMQP receives from a queue bound to \`amq.topic\`, MQTT by a subscription of QoS 1 to \`m/#\`, STOMP by a SUBSCRIBE to \`/topic/m.#\`.
"\u2014" means that it does not arrive there. Bodies are bytes and arrive as they are, everywhere.
`

/** The page that tells it. */
export function pageOf(matrix: Matrix): string {
  return `${head}\n${ways.map((sender) => section(sender, matrix.get(sender)!)).join('\n')}`
}

function section(sender: Way, byReceiver: ReadonlyMap<Way, Seen>): string {
  const rows = said[sender].map(({ what, mark }) => {
    const cells = ways.map((receiver) => cellOf(byReceiver.get(receiver)!.filter((entry) => mark.test(entry))))
    return [what, ...cells]
  })
  const beside = ways.map((receiver) =>
    cellOf(byReceiver.get(receiver)!.filter((entry) => !said[sender].some(({ mark }) => mark.test(entry)))),
  )
  if (beside.some((cell) => cell !== '\u2014')) rows.push(['(and besides)', ...beside])
  const lines = [[`by ${sender}`, ...ways.map((way) => `to ${way}`)], ways.map(() => '---').concat('---'), ...rows]
  return `## Sent by ${sender}\n\n${lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('')}`
}

function cellOf(entries: Seen): string {
  if (entries.length === 0) return '\u2014'
  return entries.map((entry) => `\`${entry.replaceAll('|', '\\|')}\``).join('<br>')
}
