/** An IPv4 address as four decimal numbers; undefined where the text is none. */
export function readIpv4(text: string): string | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  return parts?.slice(1).every(isOctet) ? text : undefined
}

/** Neither more than an octet holds nor with zeros in front, which some would read as octal. */
function isOctet(text: string): boolean {
  return Number(text) <= 255 && (text.length === 1 || text[0] !== '0')
}

/** An IPv6 address in its canonical form (RFC 5952); undefined where the text is none. */
export function readIpv6(text: string): string | undefined {
  if (text.length > 45 || !/^[0-9a-f:.]+$/i.test(text)) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const front = groupsOf(halves[0]!, halves.length === 1)
  const back = halves.length === 1 ? [] : groupsOf(halves[1]!, true)
  if (front === undefined || back === undefined) return undefined
  const count = front.length + back.length
  if (halves.length === 1 ? count !== 8 : count > 7) return undefined
  return writeIpv6([...front, ...Array<number>(8 - count).fill(0), ...back])
}

/** The groups between colons, the last two of which may be written as an IPv4 address at the end of the whole. */
function groupsOf(text: string, isEnd: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (isEnd && index === parts.length - 1 && readIpv4(part) !== undefined) {
      const [a, b, c, d] = part.split('.').map(Number) as [number, number, number, number]
      groups.push((a << 8) | b, (c << 8) | d)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

/** The canonical text of eight groups: `::1`, `2001:db8::1`, `::ffff:10.0.0.1`. */
export function writeIpv6(groups: readonly number[]): string {
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high, low] = [groups[6]!, groups[7]!]
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  }
  const gap = longestZeros(groups)
  const words = groups.map((group) => group.toString(16))
  if (gap.length < 2) return words.join(':')
  return `${words.slice(0, gap.start).join(':')}::${words.slice(gap.start + gap.length).join(':')}`
}

/** The first of the longest runs of zeros. */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 }
  let length = 0
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0
    if (length > longest.length) longest = { start: index - length + 1, length }
  }
  return longest
}
