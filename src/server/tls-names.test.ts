import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { type Attribute, type CertificateRequest, TestAuthority } from '../../test/support/certificates.ts'
import { der } from '../../test/support/der.ts'
import { readCertificateNames } from './tls-names.ts'

const authority = new TestAuthority('Root, of "all"')

function namesOf(request: CertificateRequest) {
  return readCertificateNames(new X509Certificate(authority.issue(request).cert).raw)
}

const subjects: readonly (readonly [what: string, subject: readonly (readonly Attribute[])[], text: string])[] = [
  ['the last part comes first', [[['O', 'Example']], [['OU', 'Sales']], [['CN', 'ann']]], 'CN=ann,OU=Sales,O=Example'],
  [
    'several attributes in one part',
    [
      [
        ['CN', 'ann'],
        ['UID', 'a1'],
      ],
    ],
    'CN=ann+UID=a1',
  ],
  ['what separates is escaped', [[['CN', 'a,b+c"d\\e<f>g;h']]], 'CN=a\\,b\\+c\\"d\\\\e\\<f\\>g\\;h'],
  ['blanks at the ends, and a # in front', [[['CN', ' # a ']], [['O', '#b#']]], 'O=\\#b#,CN=\\ # a\\ '],
  ['one blank', [[['CN', ' ']]], 'CN=\\ '],
  ['an equals sign stays', [[['CN', 'a=b']]], 'CN=a=b'],
  ['beyond printable ASCII, byte for byte', [[['CN', 'é~\n']]], 'CN=\\C3\\A9\\7E\\0A'],
  ['types without a short name', [[['1.2.3.4', 'x']]], '1.2.3.4=x'],
  ['an empty value', [[['CN', '']]], 'CN='],
  ['no name at all', [], ''],
  ['a printable string', [[['CN', der(19, Buffer.from('ann'))]]], 'CN=ann'],
  ['a teletex string', [[['CN', der(20, Buffer.from('é', 'latin1'))]]], 'CN=\\C3\\A9'],
  ['a BMP string', [[['CN', der(30, Buffer.from('0061006e006e', 'hex'))]]], 'CN=ann'],
  ['a universal string', [[['CN', der(28, Buffer.from('0000006100000062', 'hex'))]]], 'CN=ab'],
  ['a numeric string', [[['CN', der(18, Buffer.from('42'))]]], 'CN=42'],
  ['an IA5 string', [[['DC', der(22, Buffer.from('example'))]]], 'DC=example'],
  ['another type is shown in hexadecimal', [[['1.2.3.4', der(3, Buffer.from([0, 5]))]]], '1.2.3.4=\\#0005'],
]

for (const [what, subject, text] of subjects) {
  test(`a subject: ${what}`, () => {
    assert.equal(namesOf({ subject }).subject, text)
  })
}

test('the issuer is written like the subject', () => {
  assert.equal(namesOf({}).issuer, 'CN=Root\\, of \\"all\\"')
})

test('common names come as they are', () => {
  assert.deepEqual(namesOf({ subject: [[['CN', 'a,b']], [['O', 'x']], [['CN', 'c']]] }).commonNames, ['a,b', 'c'])
  assert.deepEqual(namesOf({ subject: [[['O', 'x']]] }).commonNames, [])
})

test('alternative names come by their types, in order', () => {
  const names = [
    ['dns', 'a.example'],
    ['email', 'ann@example'],
    ['other_name', 'ann@corp'],
    ['ip', '10.0.0.1'],
    ['uri', 'spiffe://x/ann'],
    ['dns', 'b.example, DNS:c.example'],
  ] as const
  assert.deepEqual(
    namesOf({ names }).alternativeNames,
    names.map(([type, value]) => ({ type, value })),
  )
  assert.deepEqual(namesOf({}).alternativeNames, [])
})

test('bytes cut short or damaged are an error, never a loop', () => {
  const { raw } = new X509Certificate(authority.issue({ names: [['dns', 'a.example']] }).cert)
  for (let end = 0; end < raw.length; end++) assert.throws(() => readCertificateNames(raw.subarray(0, end)))
  for (let at = 0; at < raw.length; at++) {
    const damaged = Buffer.from(raw)
    damaged[at] = damaged[at]! ^ 0xff
    try {
      readCertificateNames(damaged)
    } catch (error) {
      assert.ok(error instanceof Error)
    }
  }
})
