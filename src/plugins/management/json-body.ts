/** Whoever walks through a value calls itself once for each level; so deep is no value of RabbitMQ's API. */
const DEPTH_MAX = 128

/** Reads JSON; throws a SyntaxError for what is none, or is nested too deep to be walked through. */
export function parseJson(text: string): unknown {
  if (depthOf(text) > DEPTH_MAX) throw new SyntaxError('nested too deep')
  return JSON.parse(text)
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** The levels of arrays and objects, as long as it is JSON. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted) {
      if (code === BACKSLASH) at++
      else if (code === QUOTE) quoted = false
    } else if (code === QUOTE) quoted = true
    // Brackets and braces differ in one bit.
    else if ((code | 0x20) === 0x7b) deepest = Math.max(deepest, ++depth)
    else if ((code | 0x20) === 0x7d) depth--
  }
  return deepest
}
