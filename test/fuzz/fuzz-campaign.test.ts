import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FuzzFinding, fuzzTarget } from './fuzz-campaign.ts'
import { type FuzzTarget, target } from './target.ts'
import { fuzzTargets } from './targets.ts'

for (const reader of fuzzTargets) {
  test(`the reader of what is called ${reader.name} copes with damaged input`, async () => {
    const { accepted, refused } = await fuzzTarget(reader, { inputs: 6000, seed: 20261121 })
    assert.equal(accepted + refused, 6000)
    assert.ok(
      accepted > 100 && refused > 100,
      `${accepted} accepted, ${refused} refused: the damage is of the right kind`,
    )
  })
}

/** A reader with one fault, met by one input in a thousand. */
function faulty(name: string, fault: () => void): FuzzTarget {
  return target<Buffer>({
    name,
    maker: () => (chance) => Buffer.from([chance.below(256), chance.below(4)]),
    read(input) {
      if (input.readUInt16BE(0) === 0x4203) fault()
      return true
    },
  })
}

const faults: readonly (readonly [name: string, fault: () => void, found: RegExp])[] = [
  ['a crash', () => (undefined as unknown as Buffer).readUInt8(0), /TypeError/],
  [
    'a hang',
    () => {
      for (const end = performance.now() + 60; performance.now() < end; );
    },
    /take \d+/,
  ],
  ['a buffer of the size the input claims', () => void Buffer.alloc(1_000_000), /1000000 bytes are allocated/],
]

for (const [name, fault, found] of faults) {
  test(`the campaign finds ${name}`, async () => {
    await assert.rejects(
      fuzzTarget(faulty(name, fault), { inputs: 10_000, seed: 3 }),
      (error) => error instanceof FuzzFinding && found.test(error.message) && error.input.length === 2,
    )
  })
}
