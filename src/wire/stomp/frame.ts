/** What a STOMP version says about escapes in headers. */
export type StompVersion = '1.0' | '1.1' | '1.2'

/** A frame as it came: of repeated headers the first counts (1.2, "Repeated Header Entries"). */
export interface StompFrame {
  readonly command: string
  /** In the order in which they came, decoded. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Buffer
}

/** A frame to be sent. `content-length` is added for a body. */
export interface OutgoingFrame {
  readonly command: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body?: Buffer
}

/** Bytes against the rules. The connection cannot go on. */
export class StompError extends Error {}

/** The first header of that name. */
export function headerOf(frame: StompFrame, name: string): string | undefined {
  return frame.headers.find(([key]) => key === name)?.[1]
}

/** The bytes of a frame, and the end of line some clients wait for. CONNECTED is never escaped; STOMP 1.0 knows no escapes. */
export function encodeFrame({ command, headers, body }: OutgoingFrame, version: StompVersion): Buffer {
  const escaped = version !== '1.0' && command !== 'CONNECTED' && command !== 'CONNECT'
  const write = (text: string) => (escaped ? escapeHeader(text, version) : text.replace(/[\n\0]/g, ' '))
  const lines = headers.map(([name, value]) => `${write(name)}:${write(value)}\n`)
  if (body !== undefined && body.length > 0) lines.push(`content-length:${body.length}\n`)
  const head = Buffer.from(`${command}\n${lines.join('')}\n`)
  return Buffer.concat(body === undefined ? [head, end] : [head, body, end])
}

const end = Buffer.from('\0\n')

function escapeHeader(text: string, version: StompVersion): string {
  const plain = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll(':', '\\c').replaceAll('\0', '')
  return version === '1.2' ? plain.replaceAll('\r', '\\r') : plain
}

/** The text a header stands for. Throws a StompError for an escape that does not exist. */
export function unescapeHeader(text: string, version: StompVersion): string {
  if (version === '1.0' || !text.includes('\\')) return text
  return text.replace(/\\(.?)/gs, (_whole, letter: string) => {
    switch (letter) {
      case 'n':
        return '\n'
      case 'c':
        return ':'
      case '\\':
        return '\\'
      case 'r':
        if (version === '1.2') return '\r'
        throw undefinedEscape(letter)
      default:
        throw undefinedEscape(letter)
    }
  })
}

function undefinedEscape(letter: string): StompError {
  return new StompError(`undefined escape \\${letter}`)
}
