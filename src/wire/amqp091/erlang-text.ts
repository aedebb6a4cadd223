/** Bytes as Erlang prints a binary (`~p`): `<<"text">>` where all is printable Latin-1, else `<<1,2,3>>`. */
export function erlangBinary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<<>>'
  let text = ''
  for (const byte of bytes) {
    const character = printable(byte)
    if (character === undefined) return erlangBytes(bytes)
    text += character
  }
  return `<<"${text}">>`
}

/** Bytes as Erlang writes a binary (`~w`): `<<1,2,3>>`. */
export function erlangBytes(bytes: Uint8Array): string {
  return `<<${bytes.join(',')}>>`
}

const escapes: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  27: '\\e',
  34: '\\"',
  92: '\\\\',
}

function printable(byte: number): string | undefined {
  const escaped = escapes[byte]
  if (escaped !== undefined) return escaped
  const shown = (byte >= 32 && byte < 127) || byte >= 160
  return shown ? String.fromCharCode(byte) : undefined
}
