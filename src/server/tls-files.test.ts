import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { after, test } from 'node:test'
import { TestAuthority, TestFolder } from '../../test/support/certificates.ts'
import { StartRefusal } from './start-refusal.ts'
import { readTlsMaterial, tlsFilesOf } from './tls-files.ts'
import type { TlsSettings } from './tls-settings.ts'

const folder = new TestFolder()
after(() => folder.remove())

const authority = new TestAuthority()
const identity = authority.issue()
const locked = createPrivateKey(identity.key).export({
  type: 'pkcs8',
  format: 'pem',
  cipher: 'aes-256-cbc',
  passphrase: 'secret',
})

const cert = folder.write('cert.pem', identity.cert)
const key = folder.write('key.pem', identity.key)
const lockedKey = folder.write('locked.pem', String(locked))
const ca = folder.write('ca.pem', `A comment\n${authority.cert}${new TestAuthority('Other').cert}`)
const empty = folder.write('empty.pem', 'nothing')
const broken = folder.write('broken.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
const otherKey = folder.write('other-key.pem', authority.issue().key)

const good: TlsSettings = {
  certificateFile: cert,
  keyFile: key,
  password: undefined,
  authorityFile: undefined,
  verifiesPeer: false,
  requiresPeer: false,
  versions: ['tlsv1.3', 'tlsv1.2'],
  ciphers: [],
  honorsCipherOrder: true,
  directOnly: false,
  checksRevocation: false,
  revocationFiles: [],
  serverNames: new Map(),
  reloadSeconds: 0,
}
const shop = { host: 'shop.example', certificateFile: cert, keyFile: key, password: undefined }

test('what can be used is', () => {
  assert.equal(readTlsMaterial(good).certificates[0]?.certificate.subject, 'CN=localhost')
  assert.equal(readTlsMaterial({ ...good, keyFile: lockedKey, password: 'secret' }).serverNames.size, 0)
  const trusting = readTlsMaterial({ ...good, authorityFile: ca, verifiesPeer: true, requiresPeer: true })
  assert.equal(trusting.authorities.length, 2)
  const named = { ...good, serverNames: new Map([['shop', { ...shop, host: '*.Shop.example' }]]) }
  assert.deepEqual([...readTlsMaterial(named).serverNames.keys()], ['*.shop.example'])
  assert.deepEqual(tlsFilesOf({ ...named, authorityFile: ca }), [cert, key, ca])
})

const refused: readonly (readonly [what: string, settings: Partial<TlsSettings>, message: string | RegExp])[] = [
  ['no certificate', { certificateFile: undefined }, 'ssl_options.certfile: has to be set for TLS'],
  ['no key', { keyFile: undefined }, 'ssl_options.keyfile: has to be set for TLS'],
  [
    'a file that is not there',
    { certificateFile: '/no/such' },
    'ssl_options.certfile: cannot read /no/such: there is no such file',
  ],
  ['a folder', { keyFile: folder.path }, /^ssl_options\.keyfile: cannot read .*: EISDIR/],
  [
    'a file without a certificate',
    { certificateFile: empty },
    /^ssl_options\.certfile: .*empty\.pem holds no certificate that can be read/,
  ],
  [
    'a broken certificate',
    { certificateFile: broken },
    /^ssl_options\.certfile: .*broken\.pem holds no certificate that can be read/,
  ],
  [
    'a file without a key',
    { keyFile: cert },
    /^ssl_options\.keyfile: .*cert\.pem holds no private key that can be read/,
  ],
  ['a locked key', { keyFile: lockedKey }, `ssl_options.keyfile: ${lockedKey} needs a password`],
  [
    'a wrong password',
    { keyFile: lockedKey, password: 'x' },
    `ssl_options.keyfile: the password does not open ${lockedKey}`,
  ],
  [
    'the key of another certificate',
    { keyFile: otherKey },
    `ssl_options.keyfile: ${otherKey} is not the key of the certificate in ${cert}`,
  ],
  [
    'authorities without one',
    { authorityFile: empty },
    `ssl_options.cacertfile: ${empty} holds no certificate in PEM form`,
  ],
  [
    'a broken authority',
    { authorityFile: broken },
    /^ssl_options\.cacertfile: .*broken\.pem holds no certificate that can be read/,
  ],
  [
    'nobody to trust',
    { verifiesPeer: true },
    'ssl_options.verify: verify_peer needs ssl_options.cacertfile, which names whom to trust',
  ],
  [
    'certificates that nobody verifies',
    { requiresPeer: true },
    'ssl_options.fail_if_no_peer_cert: needs ssl_options.verify = verify_peer',
  ],
  [
    'revocation without a list',
    { checksRevocation: true },
    'ssl_options.crl_check: needs a revocation list, ssl_options.crl_sources.1.path',
  ],
  ['a list that is none', { checksRevocation: true, revocationFiles: [empty] }, /^ssl_options: TLS cannot be set up/],
  [
    'unsafe versions only',
    { versions: ['tlsv1.1', 'tlsv1'] },
    'ssl_options.versions: names no version that is safe: tlsv1.2 or tlsv1.3',
  ],
  ['unknown cipher suites', { ciphers: ['NONE-SUCH'] }, 'ssl_options.ciphers: names no cipher suite that is known'],
  [
    'a name without a host',
    { serverNames: new Map([['shop', { ...shop, host: '' }]]) },
    /^lapine\.server_names\.shop\.host: '' is not a name/,
  ],
  [
    'a name with a star inside',
    { serverNames: new Map([['shop', { ...shop, host: 'a.*.b' }]]) },
    /^lapine\.server_names\.shop\.host: 'a\.\*\.b' is not a name/,
  ],
  [
    'a name without a key',
    { serverNames: new Map([['shop', { ...shop, keyFile: undefined }]]) },
    'lapine.server_names.shop.keyfile: has to be set for TLS',
  ],
]

for (const [what, settings, message] of refused) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => readTlsMaterial({ ...good, ...settings }),
      (error) => {
        assert.ok(error instanceof StartRefusal)
        assert.equal(error.exitCode, 78)
        if (typeof message === 'string') assert.equal(error.message, message)
        else assert.match(error.message, message)
        return true
      },
    )
  })
}
