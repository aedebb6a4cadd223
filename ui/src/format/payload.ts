/** JSON with line breaks; undefined for what is none. */
export function prettyJson(text: string): string | undefined {
  if (!/^\s*[[{"]/.test(text)) return undefined
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return undefined
  }
}

const PER_LINE = 16

/** Bytes as an editor for them shows them: place, numbers, characters. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += PER_LINE) {
    const line = bytes.subarray(at, at + PER_LINE)
    const numbers = Array.from(line, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const characters = Array.from(line, (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${numbers.padEnd(PER_LINE * 3)} ${characters}`)
  }
  return lines.join('\n')
}
