import type { Graph } from './graph.ts'

/** A graph as a flowchart of Mermaid. */
export function toMermaid({ nodes, edges }: Graph): string {
  const numbers = new Map(nodes.map(({ id }, n) => [id, `n${n}`]))
  const shapes = { exchange: ['{{', '}}'], queue: ['[', ']'], consumers: ['([', '])'] } as const
  const lines = nodes.map(({ kind, name, consumers, members }, n) => {
    const [open, close] = shapes[kind]
    const title =
      kind === 'consumers' ? `${consumers} consumers` : members === undefined ? name : `${name}… ×${members}`
    return `  n${n}${open}${quoted(title)}${close}`
  })
  for (const { from, to, kind, keys } of edges) {
    const arrow = kind === 'dead-letter' || kind === 'alternate' ? '-.->' : '-->'
    const key = keys
      .filter((one) => one !== '')
      .slice(0, 5)
      .join(', ')
    lines.push(`  ${numbers.get(from)} ${arrow}${key === '' ? '' : `|${quoted(key)}|`} ${numbers.get(to)}`)
  }
  return `flowchart LR\n${lines.join('\n')}\n`
}

/** Mermaid takes numbers of characters where a character would end the text. */
function quoted(text: string): string {
  return `"${text.replace(/[#"<>&`\n\r]/g, (character) => `#${character.codePointAt(0)};`)}"`
}
