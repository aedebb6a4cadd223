import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash32 } from '../../std/hash32.ts'
import { Shares } from './shares.ts'

const keys = Array.from({ length: 20_000 }, (_, index) => hash32(`key-${index}`))

function shares(weights: Readonly<Record<string, number>>): Shares<string> {
  const made = new Shares<string>()
  for (const [name, weight] of Object.entries(weights)) made.add(name, `queue ${name}`, weight)
  return made
}

function owners(of: Shares<string>): (string | undefined)[] {
  return keys.map((key) => of.of(key))
}

function counts(of: Shares<string>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(owners(of), String)).map(([name, all]) => [name, all!.length]),
  )
}

test('nobody has a share where there is nobody', () => {
  assert.equal(new Shares<string>().of(7), undefined)
})

for (const weights of [
  { a: 1, b: 1, c: 1, d: 1 },
  { a: 1, b: 2, c: 7 },
  { a: 10_000, b: 5_000 },
]) {
  test(`keys are shared out as the weights ${JSON.stringify(weights)} say`, () => {
    const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0)
    const found = counts(shares(weights))
    // Pearson's test; 16.3 is what chance exceeds once in a thousand for four holders, and the keys are always the same.
    const deviation = Object.entries(weights).reduce((sum, [name, weight]) => {
      const expected = (keys.length * weight) / total
      return sum + (found[name]! - expected) ** 2 / expected
    }, 0)
    assert.ok(deviation < 16.3, `${JSON.stringify(found)}: ${deviation}`)
  })
}

for (const [what, without, withIt] of [
  ['of equal weights', { a: 1, b: 1, c: 1 }, { a: 1, b: 1, c: 1, d: 1 }],
  ['of different weights', { a: 3, b: 1, c: 2 }, { a: 3, b: 1, c: 2, d: 2 }],
  ['whose weight is the first to differ', { a: 1, b: 1, c: 1 }, { a: 1, b: 1, c: 1, d: 3 }],
] as const) {
  test(`who comes takes keys for itself only, who goes leaves only its own: ${what}`, () => {
    const of = shares(withIt)
    const before = owners(of)
    of.remove('d')
    const after = owners(of)
    for (const [index, owner] of before.entries()) {
      if (owner !== 'd') assert.equal(after[index], owner)
    }
    assert.deepEqual(after, owners(shares(without)))
  })
}

test('the order in which holders came makes no difference', () => {
  assert.deepEqual(owners(shares({ a: 1, b: 2, c: 3 })), owners(shares({ c: 3, a: 1, b: 2 })))
})
