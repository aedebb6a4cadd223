import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { systemRandom } from '../std/random.ts'
import { hashPassword, passwordHashing, verifyDummy, verifyPassword } from './password.ts'

const salt = Buffer.from('908dc60a', 'hex')

/** The example of RabbitMQ's password documentation, computed by its recipe. */
function stored(algorithm: string, password: string): string {
  const hash = createHash(algorithm)
    .update(Buffer.concat([salt, Buffer.from(password)]))
    .digest()
  return Buffer.concat([salt, hash]).toString('base64')
}

describe('stored passwords', () => {
  it('have the form of RabbitMQ', () => {
    const random = { bytes: () => salt }
    assert.equal(hashPassword('test12', random), 'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR')
  })

  it('let in whoever knows them and nobody else', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string(), (password, other) => {
        const hash = hashPassword(password, systemRandom)
        assert.equal(verifyPassword(password, hash, 'sha256'), true)
        assert.equal(verifyPassword(other, hash, 'sha256'), other === password)
      }),
    )
  })

  it('differ for the same password, by their salt', () => {
    assert.notEqual(hashPassword('a', systemRandom), hashPassword('a', systemRandom))
  })

  const rows: readonly (readonly [why: string, hash: string, hashing: string, password: string, good: boolean])[] = [
    ['sha256', stored('sha256', 'pässword'), 'sha256', 'pässword', true],
    ['sha512', stored('sha512', 'secret'), 'sha512', 'secret', true],
    ['md5', stored('md5', 'secret'), 'md5', 'secret', true],
    ['a module name of RabbitMQ', stored('sha512', 'secret'), 'rabbit_password_hashing_sha512', 'secret', true],
    ['the wrong hash', stored('sha512', 'secret'), 'sha256', 'secret', false],
    ['a hash nobody knows', stored('sha256', 'secret'), 'rot13', 'secret', false],
    ['a name of the prototype', stored('sha256', 'secret'), '__proto__', 'secret', false],
    ['no stored password', '', 'sha256', 'secret', false],
    ['an empty password', stored('sha256', ''), 'sha256', '', false],
    ['garbage', '!!!', 'sha256', 'secret', false],
  ]
  for (const [why, hash, hashing, password, good] of rows) {
    it(`${good ? 'are accepted' : 'are refused'}: ${why}`, () => {
      assert.equal(verifyPassword(password, hash, hashing), good)
    })
  }

  it('cost the same work for a user who is not there', () => {
    assert.equal(verifyDummy('any'), undefined)
    assert.equal(passwordHashing('rabbit_password_hashing_md5'), 'md5')
  })
})
