import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { longString } from '../../std/table.ts'
import type { ExchangeType } from '../exchange-type.ts'
import { Fault } from '../fault.ts'
import { defaultExchangeType } from './default.ts'
import { binding, destination, nowhere, routed } from './destination.fixture.ts'
import { directExchangeType } from './direct.ts'
import { coreExchangeTypes } from './exchange-types.ts'
import { fanoutExchangeType } from './fanout.ts'
import { KeyMap } from './key-map.ts'

const matchers: readonly (readonly [type: ExchangeType, fits: (bindingKey: string, key: string) => boolean])[] = [
  [directExchangeType, (bindingKey, key) => bindingKey === key],
  [fanoutExchangeType, () => true],
]

describe('direct and fanout exchanges', () => {
  for (const [type, fits] of matchers) {
    it(`of type ${type.name} agree with the plain rule after any adds and removals`, () => {
      const key = fc.constantFrom('', 'a', 'b', 'a.b', '#', '__proto__', 'constructor')
      fc.assert(
        fc.property(fc.array(fc.tuple(key, fc.nat(2), fc.boolean())), fc.array(key), (specs, keys) => {
          const queues = ['q0', 'q1', 'q2'].map(destination)
          const router = type.create([], nowhere)
          const all = specs.map(([bindingKey, queue, stays]) => ({ b: binding(queues[queue]!, bindingKey), stays }))
          for (const { b } of all) router.add(b)
          for (const { b, stays } of all) if (!stays) router.remove(b)
          for (const routingKey of keys) {
            const left = all.filter(({ b, stays }) => stays && fits(b.routingKey, routingKey))
            const names = [...new Set(left.map(({ b }) => b.destination.name))].sort()
            assert.deepEqual(routed(router, routingKey), names)
          }
        }),
      )
    })

    it(`of type ${type.name} keep a destination while one of its bindings is left`, () => {
      const router = type.create([], nowhere)
      const queue = destination('q')
      const plain = binding(queue, 'k')
      const annotated = binding(queue, 'k', [['note', longString('x')]])
      router.add(plain)
      router.add(annotated)
      router.remove(plain)
      assert.deepEqual(routed(router, 'k'), ['q'])
      router.remove(annotated)
      assert.deepEqual(routed(router, 'k'), [])
    })
  }

  it('forget keys nobody is bound with', () => {
    const keys = new KeyMap()
    const queue = destination('q')
    keys.add('a', queue)
    keys.remove('a', queue)
    keys.remove('a', queue)
    assert.equal(keys.size, 0)
  })
})

describe('the default exchange', () => {
  const queue = destination('q')
  const type = defaultExchangeType((name) => (name === 'q' ? queue : undefined))

  it('routes to the queue of that name', () => {
    const router = type.create([], nowhere)
    assert.deepEqual(routed(router, 'q'), ['q'])
    assert.deepEqual(routed(router, 'r'), [])
  })

  it('takes no bindings', () => {
    const expected = new Fault('access-refused', 'operation not permitted on the default exchange')
    assert.throws(() => type.validateBinding?.(binding(queue, 'q'), []), expected)
  })
})

it('the core exchange types are the four of the specification', () => {
  assert.deepEqual(
    coreExchangeTypes.map((type) => type.name),
    ['direct', 'fanout', 'topic', 'headers'],
  )
})
