import fc from 'fast-check'

const codePoints = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }),
  fc.integer({ min: 0, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
)

/** Text of all planes of Unicode, well-formed. (fast-check's own takes a second to set up.) */
export function text(sizes: fc.ArrayConstraints = {}): fc.Arbitrary<string> {
  return fc.array(codePoints, sizes).map((points) => String.fromCodePoint(...points))
}
