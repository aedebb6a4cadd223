import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { escapeDnValue, fill, fillDn, userVariables } from './pattern.ts'
import { readLdapQuery, readTagQueries } from './query-reader.ts'

const queries: readonly (readonly [text: string, query: unknown])[] = [
  ['{constant, true}', { kind: 'constant', value: true }],
  [' { constant , false } . ', { kind: 'constant', value: false }],
  ['{exists, "ou=x,dc=y"}', { kind: 'exists', dn: 'ou=x,dc=y' }],
  ['{in_group, "cn=g"}', { kind: 'in_group', dn: 'cn=g', attribute: 'member' }],
  ['{in_group, "cn=g", "uniqueMember"}', { kind: 'in_group', dn: 'cn=g', attribute: 'uniqueMember' }],
  ['{in_group_nested, "cn=g"}', { kind: 'in_group_nested', dn: 'cn=g', attribute: 'member', scope: 'sub' }],
  [
    '{in_group_nested, "cn=g", "m", singlelevel}',
    { kind: 'in_group_nested', dn: 'cn=g', attribute: 'm', scope: 'one' },
  ],
  ["{'not', {constant, true}}", { kind: 'not', query: { kind: 'constant', value: true } }],
  ["{'and', []}", { kind: 'and', queries: [] }],
  [
    "{'or', [{constant, true}, {constant, false}]}",
    {
      kind: 'or',
      queries: [
        { kind: 'constant', value: true },
        { kind: 'constant', value: false },
      ],
    },
  ],
  [
    '{equals, "a", {attribute, "${user_dn}", "x"}}',
    {
      kind: 'equals',
      left: { kind: 'string', pattern: 'a' },
      right: { kind: 'attribute', dn: '${user_dn}', attribute: 'x' },
    },
  ],
  [
    '{match, {string, "${name}"}, "^a\\\\."}',
    {
      kind: 'match',
      left: { kind: 'string', pattern: '${name}' },
      right: { kind: 'string', pattern: '^a\\.' },
    },
  ],
  [
    '% why\n{for, [{permission, configure, {constant, true}}, % and so on\n {vhost, "/", {constant, false}}]}',
    {
      kind: 'for',
      cases: [
        { variable: 'permission', value: 'configure', query: { kind: 'constant', value: true } },
        { variable: 'vhost', value: '/', query: { kind: 'constant', value: false } },
      ],
    },
  ],
]

test('queries are read as RabbitMQ has them', () => {
  for (const [text, query] of queries) assert.deepEqual(readLdapQuery(text), query, text)
  const tags = readTagQueries('[{administrator, {constant, false}}, {"monitoring", {exists, "a"}}]')
  assert.deepEqual([...tags.keys()], ['administrator', 'monitoring'])
})

const wrong: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /ends too early/],
  ['{constant, true', /ends too early/],
  ['{constant, true} {', /cannot read '\{'/],
  ['{constant, maybe}', /expected true or false/],
  ['{constant}', /another number of parts/],
  ['{fly, "a"}', /there is no query 'fly'/],
  ['true', /expected a query such as/],
  ['{in_group, cn}', /expected a text in quotes/],
  ['{in_group, "a", "b", "c"}', /another number of parts/],
  ['{in_group_nested, "a", "b", deep}', /is no scope/],
  ["{'and', {constant, true}}", /expected a list/],
  ['{for, [{permission, configure}]}', /expected \{variable, value, Query\}/],
  ['{equals, "a", {constant, true}}', /expected a text, \{string/],
  ['{constant; true}', /cannot read '; true\}'/],
  ['[{administrator}]', /expected a query such as/],
  ['{exists, "never', /cannot read/],
  [`${"{'not',".repeat(100)}`, /too deep/],
]

test('what is no query is refused with what is wrong', () => {
  for (const [text, message] of wrong) assert.throws(() => readLdapQuery(text), { message }, text)
  assert.throws(() => readTagQueries('{constant, true}'), /expected a list of/)
})

test('whatever the text, reading it ends with a query or an Error', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    '"a"',
    'constant',
    'true',
    "'not'",
    ' ',
    '%x\n',
    '.',
    '\\',
    '"',
    '<<"b">>',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), (parts) => {
      try {
        readLdapQuery(parts.join(''))
      } catch (error) {
        assert.ok(error instanceof Error && !(error instanceof RangeError) && !(error instanceof TypeError))
      }
    }),
    { numRuns: 2000 },
  )
})

test('a variable in a name is one value of it, whatever is in it', () => {
  const pattern = 'cn=${username},ou=People'
  assert.equal(fillDn(pattern, { username: 'ann' }), 'cn=ann,ou=People')
  assert.equal(fillDn(pattern, { username: 'admin,ou=Root' }), 'cn=admin\\,ou\\=Root,ou=People')
  assert.equal(fillDn('${user_dn}', { user_dn: 'cn=ann,ou=People' }), 'cn=ann,ou=People')
  assert.equal(
    fill('${username} ${unknown} ${__proto__}', { username: '${vhost}', vhost: 'x' }),
    '${vhost} ${unknown} ${__proto__}',
  )
  assert.equal(escapeDnValue(' #a+b"c\\d<e>f;g= \0'), '\\ #a\\+b\\"c\\\\d\\<e\\>f\\;g\\= \\00')
  assert.equal(escapeDnValue('#x '), '\\#x\\ ')
})

test('a name of a Microsoft directory has two parts', () => {
  assert.deepEqual(userVariables('CORP\\ann'), { username: 'CORP\\ann', ad_domain: 'CORP', ad_user: 'ann' })
  assert.deepEqual(userVariables('ann'), { username: 'ann' })
})
