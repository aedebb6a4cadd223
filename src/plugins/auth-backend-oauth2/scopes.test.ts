import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { literal, regexMatches, wildcardMatches } from './scope-pattern.ts'
import { ScopePermissions, scopesOf, tagsOf } from './scopes.ts'
import type { ResourceServer } from './settings.ts'

const server: ResourceServer = {
  id: 'rabbitmq',
  type: 'rabbit-type',
  verifiesAudience: true,
  requiresExpiry: true,
  scopePrefix: 'rabbitmq.',
  additionalScopesKeys: ['extra', 'nested.list.scopes'],
  usernameClaims: ['sub'],
  scopeAliases: new Map([
    ['admin', ['rabbitmq.tag:administrator', 'rabbitmq.read:*/*']],
    ['other', ['unrelated.read:*/*']],
  ]),
  patternSyntax: 'wildcard',
  provider: '',
}

const patterns: readonly (readonly [pattern: string, subject: string, matches: boolean])[] = [
  ['*', '', true],
  ['*', 'anything', true],
  ['', '', true],
  ['', 'a', false],
  ['a', 'a', true],
  ['a', 'A', false],
  ['a', 'ab', false],
  ['a*', 'a', true],
  ['a*', 'ab', true],
  ['a*', 'ba', false],
  ['*a', 'ba', true],
  ['*a', 'ab', false],
  ['*a*', 'xaz', true],
  ['a*c', 'abc', true],
  ['a**c', 'abc', true],
  ['a*b*c', 'a1b2c', true],
  ['a*b*c', 'acb', false],
  // The first place where a part fits is the only one that is tried.
  ['*b', 'abab', false],
  ['%2F', '/', true],
  ['%2f', '/', true],
  ['%2a', '*', true],
  ['%2a', 'x', false],
  ['a+b', 'a b', true],
  ['%c3%a9', 'é', true],
  ['%', '%', false],
  ['%zz', '%zz', false],
]

test('a wildcard stands for what it stands for in RabbitMQ', () => {
  for (const [pattern, subject, matches] of patterns) {
    assert.equal(wildcardMatches(pattern, subject), matches, `${pattern} and ${subject}`)
  }
})

test('a regular expression has to stand for the whole, and one that is none stands for nothing', () => {
  assert.equal(regexMatches('a.*', 'abc'), true)
  assert.equal(regexMatches('b', 'abc'), false)
  assert.equal(regexMatches('a|b', 'b'), true)
  assert.equal(regexMatches('a|b', 'xb'), false)
  assert.equal(regexMatches('(', '('), false)
  assert.equal(regexMatches('a)|(b', 'b'), false)
  assert.equal(regexMatches('x'.repeat(3000), 'x'.repeat(3000)), false)
})

test('a text put into a pattern stands for itself only', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (text, other) => {
      for (const [syntax, matches] of [
        ['wildcard', wildcardMatches],
        ['regex', regexMatches],
      ] as const) {
        assert.equal(matches(literal[syntax](text), text), true, JSON.stringify(text))
        assert.equal(matches(literal[syntax](text), other), text === other)
      }
    }),
  )
})

const claims: readonly (readonly [what: string, claims: Record<string, unknown>, scopes: readonly string[]])[] = [
  ['a text', { scope: 'rabbitmq.read:*/* openid  rabbitmq.tag:x' }, ['read:*/*', 'tag:x']],
  ['a list', { scope: ['rabbitmq.read:*/*', 'openid', 5, null] }, ['read:*/*']],
  ['nothing', {}, []],
  ['something else', { scope: { rabbitmq: 'x' } }, []],
  ['the same twice', { scope: ['rabbitmq.a', 'rabbitmq.a'] }, ['a']],
  ['an alias', { scope: 'admin other' }, ['tag:administrator', 'read:*/*']],
  ['another claim with a text', { extra: 'rabbitmq.a rabbitmq.b' }, ['a', 'b']],
  ['another claim with a list', { extra: ['rabbitmq.a', 'b'] }, ['a']],
  ['another claim by audience', { extra: { rabbitmq: ['read:*/*'], other: ['write:*/*'] } }, ['read:*/*']],
  ['another claim by audience, as a text', { extra: { rabbitmq: 'a b' } }, ['a', 'b']],
  ['a claim deep inside', { nested: { list: [{ scopes: 'rabbitmq.a' }, { scopes: ['rabbitmq.b'] }, 7] } }, ['a', 'b']],
  ['a requesting party', { authorization: { permissions: [{ scopes: ['rabbitmq.a'] }, { rsid: 'x' }] } }, ['a']],
  ['a prototype', { extra: JSON.parse('{"__proto__": {"rabbitmq": "a"}}') as unknown }, []],
]

for (const [what, given, scopes] of claims) {
  test(`scopes come from ${what}`, () => {
    assert.deepEqual(scopesOf(given, server), scopes)
  })
}

const detail = (changes: Record<string, unknown>) => ({
  authorization_details: [
    { type: 'rabbit-type', actions: ['read'], locations: ['cluster:rabbitmq/vhost:v/queue:q'], ...changes },
  ],
})

const rich: readonly (readonly [what: string, claims: Record<string, unknown>, scopes: readonly string[]])[] = [
  ['a location', detail({}), ['read:v/q/*']],
  ['a cluster by pattern', detail({ locations: ['cluster:rabbit*'] }), ['read:*/*/*']],
  ['another cluster', detail({ locations: ['cluster:other'] }), []],
  ['no cluster', detail({ locations: ['vhost:v'] }), []],
  ['another type', detail({ type: 'x' }), []],
  ['no type', detail({ type: undefined }), []],
  [
    'several actions and places',
    detail({ actions: ['read', 'write', 'fly'], locations: ['cluster:*/vhost:a', 'cluster:*'] }),
    ['read:a/*/*', 'read:*/*/*', 'write:a/*/*', 'write:*/*/*'],
  ],
  ['a tag', detail({ actions: ['administrator', 'monitoring'] }), ['tag:administrator', 'tag:monitoring']],
  ['a queue and another exchange', detail({ locations: ['cluster:*/queue:a/exchange:b'] }), []],
  ['a routing key', detail({ locations: ['cluster:*/exchange:x/routing-key:k'] }), ['read:*/x/k']],
  ['texts instead of lists', detail({ actions: 'read', locations: 'cluster:rabbitmq' }), ['read:*/*/*']],
  ['nonsense', { authorization_details: [null, 5, 'x', { type: 'rabbit-type' }, []] }, []],
]

for (const [what, given, scopes] of rich) {
  test(`rich authorization requests: ${what}`, () => {
    assert.deepEqual(scopesOf(given, server), scopes)
  })
}

test('too many scopes are refused', () => {
  const scope = Array.from({ length: 2049 }, (_, i) => `rabbitmq.read:v/${i}`)
  assert.throws(() => scopesOf({ scope }, server), /too many scopes/)
  assert.equal(scopesOf({ scope: scope.slice(1) }, server).length, 2048)
})

test('tags are those that scopes name', () => {
  assert.deepEqual(tagsOf(['tag:monitoring', 'read:*/*', 'tag:administrator', 'tag:monitoring']), [
    'administrator',
    'monitoring',
  ])
})

function permissions(
  scopes: readonly string[],
  given: Record<string, unknown> = {},
  syntax: 'wildcard' | 'regex' = 'wildcard',
) {
  return new ScopePermissions(scopes, given, syntax)
}

test('a scope allows its kind of access to what its patterns stand for', () => {
  const found = permissions(['read:%2F/q-*', 'write:*/x/a.*', 'configure:v/*', 'read:broken', 'fly:*/*'])
  assert.equal(found.allows('read', '/', 'q-1'), true)
  assert.equal(found.allows('write', '/', 'q-1'), false)
  assert.equal(found.allows('read', 'v', 'q-1'), false)
  assert.equal(found.allows('configure', 'v', 'anything'), true)
  assert.equal(found.allows('write', 'v', 'x'), true)
  assert.equal(found.allowsVhost('anywhere'), true)
  assert.equal(permissions(['read:a/*', 'tag:administrator']).allowsVhost('b'), false)
})

test('a topic needs a scope with a routing key', () => {
  const found = permissions(['write:*/*', 'write:*/x/a.*', 'read:*/x/b'])
  const x = { vhost: '/', name: 'x' }
  assert.equal(found.allowsTopic('write', x, 'a.b'), true)
  assert.equal(found.allowsTopic('write', x, 'b'), false)
  assert.equal(found.allowsTopic('read', x, 'b'), true)
  assert.equal(found.allowsTopic('write', { vhost: '/', name: 'y' }, 'a.b'), false)
})

test('virtual host and claims stand for themselves in a scope, whatever is in them', () => {
  const found = permissions(['read:{vhost}/{sub}-*', 'write:*/{missing}', 'configure:*/{number}'], {
    sub: 'a*/b',
    number: 5,
  })
  assert.equal(found.allows('read', '/', 'a*/b-1'), true)
  assert.equal(found.allows('read', '/', 'axx/b-1'), false)
  assert.equal(found.allows('write', '/', 'missing'), true)
  assert.equal(found.allows('configure', '/', 'number'), true)
  const regex = permissions(['read:{vhost}/{sub}\\d+'], { sub: '.*' }, 'regex')
  assert.equal(regex.allows('read', '/', '.*7'), true)
  assert.equal(regex.allows('read', '/', 'x7'), false)
})
