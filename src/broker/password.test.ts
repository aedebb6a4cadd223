import assert from 'node:assert/strict'
import crypto, { createHash } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { systemRandom } from '../std/random.ts'
import { isStoredPassword, Passwords, passwordHashing } from './password.ts'

const salt = Buffer.from('908dc60a', 'hex')
const passwords = new Passwords(systemRandom, 'sha256')

/** The example of RabbitMQ's password documentation, computed by its recipe. */
function stored(algorithm: string, password: string): string {
  const hash = createHash(algorithm)
    .update(Buffer.concat([salt, Buffer.from(password)]))
    .digest()
  return Buffer.concat([salt, hash]).toString('base64')
}

describe('stored passwords', () => {
  it('have the form of RabbitMQ', async () => {
    const random = { bytes: () => salt }
    assert.deepEqual(await new Passwords(random, 'sha256').hash('test12'), {
      hashing: 'sha256',
      passwordHash: 'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR',
    })
  })

  it('let in whoever knows them and nobody else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string(), async (password, other) => {
        const kept = await passwords.hash(password)
        assert.equal(await passwords.verify(password, kept), true)
        assert.equal(await passwords.verify(other, kept), other === password)
      }),
    )
  })

  it('differ for the same password, by their salt', async () => {
    assert.notEqual((await passwords.hash('a')).passwordHash, (await passwords.hash('a')).passwordHash)
  })

  const rows: readonly (readonly [why: string, hash: string, hashing: string, password: string, good: boolean])[] = [
    ['sha256', stored('sha256', 'pässword'), 'sha256', 'pässword', true],
    ['sha512', stored('sha512', 'secret'), 'sha512', 'secret', true],
    ['md5', stored('md5', 'secret'), 'md5', 'secret', true],
    ['the wrong hash', stored('sha512', 'secret'), 'sha256', 'secret', false],
    ['a hash nobody knows', stored('sha256', 'secret'), 'rot13', 'secret', false],
    ['a name of the prototype', stored('sha256', 'secret'), '__proto__', 'secret', false],
    ['no stored password', '', 'sha256', 'secret', false],
    ['an empty password', stored('sha256', ''), 'sha256', '', false],
    ['garbage', '!!!', 'sha256', 'secret', false],
    ['a scrypt that is none', stored('sha256', 'secret'), 'scrypt', 'secret', false],
    ['more memory than there is for it', '$scrypt$ln=30,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAA', 'scrypt', 'x', false],
  ]
  for (const [why, passwordHash, hashing, password, good] of rows) {
    it(`${good ? 'are accepted' : 'are refused'}: ${why}`, async () => {
      assert.equal(await passwords.verify(password, { hashing, passwordHash }), good)
    })
  }

  it('are called as in the definitions of RabbitMQ', () => {
    assert.equal(passwordHashing('rabbit_password_hashing_md5'), 'md5')
    assert.equal(passwordHashing('sha512'), 'sha512')
    assert.equal(passwordHashing('rabbit_password_hashing_toString'), undefined)
  })

  it('are told from what is none of their kind', () => {
    assert.equal(isStoredPassword({ hashing: 'sha256', passwordHash: stored('sha256', 'x') }), true)
    assert.equal(isStoredPassword({ hashing: 'sha512', passwordHash: stored('sha256', 'x') }), false)
    assert.equal(isStoredPassword({ hashing: 'rot13', passwordHash: stored('sha256', 'x') }), false)
    assert.equal(isStoredPassword({ hashing: 'sha256', passwordHash: '' }), true)
  })
})

describe('passwords stored with scrypt', () => {
  it('let in whoever knows them and nobody else, at once when they were right before', async () => {
    const modern = new Passwords(systemRandom, 'scrypt')
    const kept = await modern.hash('correct horse')
    assert.match(kept.passwordHash, /^\$scrypt\$ln=14,r=8,p=1\$/)
    assert.equal(isStoredPassword(kept), true)
    assert.equal(await modern.verify('wrong', kept), false)
    assert.equal(await modern.verify('correct horse', kept), true)
    const started = performance.now()
    for (let login = 0; login < 100; login++) assert.equal(await modern.verify('correct horse', kept), true)
    const remembered = performance.now() - started
    assert.equal(await modern.verify('wrong', kept), false)
    // A hundred that are remembered take less than three that are not would.
    assert.ok(remembered < 100, `${remembered} ms`)
  })

  it('are derived once or twice for a crowd that comes at once with the right one', async (test) => {
    const modern = new Passwords(systemRandom, 'scrypt')
    const kept = await modern.hash('correct horse')
    const { mock } = test.mock.method(crypto, 'scrypt')
    syncBuiltinESMExports()
    try {
      const logins = Array.from({ length: 50 }, () => modern.verify('correct horse', kept))
      assert.deepEqual(new Set(await Promise.all(logins)), new Set([true]))
    } finally {
      mock.restore()
      syncBuiltinESMExports()
    }
    assert.ok(mock.callCount() >= 1 && mock.callCount() <= 2, `${mock.callCount()} times`)
  })

  it('are not remembered for another stored password', async () => {
    const modern = new Passwords(systemRandom, 'scrypt')
    const first = await modern.hash('a')
    assert.equal(await modern.verify('a', first), true)
    assert.equal(await modern.verify('a', await modern.hash('b')), false)
  })
})
