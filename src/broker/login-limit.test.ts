import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualClock } from '../std/virtual-clock.ts'
import { LoginLimit } from './login-limit.ts'

function limit(perUser: number | undefined = 3, perAddress: number | undefined = 5) {
  const clock = new VirtualClock()
  return { clock, limit: new LoginLimit(clock, { perUser, perAddress }) }
}

const refused = /too many failed logins from/

function fail(limit: LoginLimit, times: number, user = 'ann', address = '10.0.0.1'): void {
  for (let i = 0; i < times; i++) limit.failed(user, address)
}

test('a user who failed too often is refused from that address, for a minute', () => {
  const { clock, limit: logins } = limit()
  fail(logins, 2)
  logins.check('ann', '10.0.0.1')
  fail(logins, 1)
  assert.throws(() => logins.check('ann', '10.0.0.1'), refused)
  logins.check('ann', '10.0.0.2')
  logins.check('bob', '10.0.0.1')
  clock.advance(60_000)
  logins.check('ann', '10.0.0.1')
})

test('an address from which too many users failed is refused altogether', () => {
  const { limit: logins } = limit()
  for (const user of ['a', 'b', 'c', 'd', 'e']) logins.failed(user, '10.0.0.1')
  assert.throws(() => logins.check('f', '10.0.0.1'), refused)
  logins.check('f', '10.0.0.2')
})

test('a login that succeeds forgives the failures of its user only', () => {
  const { limit: logins } = limit()
  fail(logins, 3)
  fail(logins, 1, 'bob')
  logins.succeeded('ann', '10.0.0.1')
  logins.check('ann', '10.0.0.1')
  fail(logins, 1, 'carl')
  assert.throws(() => logins.check('ann', '10.0.0.1'), refused)
})

test('an IPv6 address counts with its network', () => {
  const { limit: logins } = limit()
  logins.failed('ann', '2001:db8::1')
  logins.failed('ann', '2001:DB8:0:0:5::1')
  logins.failed('ann', '2001:db8::ffff:1')
  assert.throws(() => logins.check('ann', '2001:db8::9'), /from 2001:db8:0:0::\/64/)
  logins.check('ann', '2001:db8:0:1::9')
})

test('without limits nothing is refused', () => {
  const clock = new VirtualClock()
  const logins = new LoginLimit(clock, { perUser: undefined, perAddress: undefined })
  fail(logins, 1000)
  logins.check('ann', '10.0.0.1')
})

test('what is remembered is bounded', () => {
  const { limit: logins } = limit()
  for (let i = 0; i < 30_000; i++) logins.failed(`user-${i}`, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
  assert.equal(logins.size, 10_000)
})
