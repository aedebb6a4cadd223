import type { Chance } from './chance.ts'

/** Puts one to three pieces into a text, or takes some out of it. */
export function damagedText(text: string, pieces: readonly string[], chance: Chance): string {
  let result = text
  for (let count = 1 + chance.below(3); count > 0; count--) result = once(result, pieces, chance)
  return result
}

function once(text: string, pieces: readonly string[], chance: Chance): string {
  const at = chance.below(text.length + 1)
  const to = Math.min(text.length, at + chance.below(chance.oneIn(4) ? 40 : 4))
  switch (chance.below(5)) {
    case 0:
      return text.slice(0, at) + text.slice(to)
    case 1:
      return text.slice(0, to) + text.slice(at)
    case 2: {
      const piece = chance.pick(pieces)
      // Now and then so many that whatever takes the square of them shows.
      return text.slice(0, at) + piece.repeat(chance.oneIn(400) ? 3000 : 1 + chance.below(4)) + text.slice(at)
    }
    case 3:
      return text.slice(0, at) + String.fromCharCode(chance.below(chance.oneIn(8) ? 0x10000 : 256)) + text.slice(to)
    default:
      return text.slice(0, at) + chance.pick(pieces) + text.slice(to)
  }
}
