/** One element of DER (X.690): its tag and where its content is. */
export interface DerElement {
  readonly tag: number
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** Tags used here. */
export const DerTag = { octetString: 0x04, oid: 0x06, sequence: 0x30, set: 0x31 } as const

/** The element that begins at `start`; throws an Error when it does not fit before `end`. */
export function derAt(bytes: Buffer, start: number, end: number): DerElement {
  const tag = at(bytes, start, end)
  if ((tag & 0x1f) === 0x1f) throw new Error('a DER tag of several bytes')
  const first = at(bytes, start + 1, end)
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80 || lengthBytes > 4) throw new Error('a DER length of another form')
  let length = lengthBytes === 0 ? first : 0
  for (let i = 0; i < lengthBytes; i++) length = length * 256 + at(bytes, start + 2 + i, end)
  const content = start + 2 + lengthBytes
  if (content + length > end) throw new Error('a DER element longer than what holds it')
  return { tag, bytes, start: content, end: content + length }
}

/** The elements inside another. */
export function derElements(element: DerElement): DerElement[] {
  const elements: DerElement[] = []
  for (let start = element.start; start < element.end; ) {
    const inner = derAt(element.bytes, start, element.end)
    elements.push(inner)
    start = inner.end
  }
  return elements
}

export function derContent(element: DerElement): Buffer {
  return element.bytes.subarray(element.start, element.end)
}

/** An object identifier as `2.5.4.3`. */
export function derOid(element: DerElement): string {
  const arcs: number[] = []
  let arc = 0
  for (const byte of derContent(element)) {
    arc = arc * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    if (arcs.length === 0) {
      const top = Math.min(2, Math.floor(arc / 40))
      arcs.push(top, arc - top * 40)
    } else arcs.push(arc)
    arc = 0
  }
  return arcs.join('.')
}

/** A text of any of the types certificates use; undefined for another type. */
export function derText(element: DerElement): string | undefined {
  const content = derContent(element)
  switch (element.tag) {
    case 12:
      return content.toString('utf8')
    case 18:
    case 19:
    case 20:
    case 22:
      return content.toString('latin1')
    case 28:
      return String.fromCodePoint(...pieces(content, 4).map((piece) => Math.min(piece.readUInt32BE(), 0x10ffff)))
    case 30:
      return String.fromCharCode(...pieces(content, 2).map((piece) => piece.readUInt16BE()))
    default:
      return undefined
  }
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

function at(bytes: Buffer, index: number, end: number): number {
  if (index >= end) throw new Error('a DER element cut short')
  return bytes[index]!
}
