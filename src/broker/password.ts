import { createHash, timingSafeEqual } from 'node:crypto'
import type { Random } from '../std/random.ts'

/**
 * RabbitMQ's stored passwords, so that its definitions can be taken over and ours given back:
 *
 *     base64(salt (4 bytes) | hash(salt | password in UTF-8))
 */
const saltSize = 4

/** Names of the hashes, ours and as RabbitMQ's definitions have them, and their digest sizes. */
const digests = new Map([
  ['sha256', { algorithm: 'sha256', size: 32 }],
  ['sha512', { algorithm: 'sha512', size: 64 }],
  ['md5', { algorithm: 'md5', size: 16 }],
])

const modulePrefix = 'rabbit_password_hashing_'

/** The hash a new password is stored with. */
const defaultPasswordHashing = 'sha256'

/** The short name of a hash (`sha256`) for what a definition says (`rabbit_password_hashing_sha256`), if it is known. */
export function passwordHashing(name: string): string | undefined {
  const short = name.startsWith(modulePrefix) ? name.slice(modulePrefix.length) : name
  return digests.has(short) ? short : undefined
}

/** The stored form of a password, with a fresh salt. */
export function hashPassword(password: string, random: Random): string {
  const salt = random.bytes(saltSize)
  return Buffer.concat([salt, digest(defaultPasswordHashing, salt, password)]).toString('base64')
}

/**
 * Whether `password` is the stored one. A user without a password (nothing stored) and an empty
 * password are never let in, as in RabbitMQ.
 */
export function verifyPassword(password: string, stored: string, hashing: string): boolean {
  const name = passwordHashing(hashing)
  const bytes = Buffer.from(stored, 'base64')
  const usable = name !== undefined && bytes.length === saltSize + digests.get(name)!.size
  if (!usable || password === '') {
    verifyDummy(password)
    return false
  }
  const salt = bytes.subarray(0, saltSize)
  return timingSafeEqual(bytes.subarray(saltSize), digest(name, salt, password))
}

/** Does the work of `verifyPassword` for a user who is not there, so that the time tells nothing. */
export function verifyDummy(password: string): void {
  const salt = dummy.subarray(0, saltSize)
  timingSafeEqual(dummy.subarray(saltSize), digest(defaultPasswordHashing, salt, password))
}

const dummy = Buffer.alloc(saltSize + 32)

function digest(name: string, salt: Buffer, password: string): Buffer {
  return createHash(digests.get(name)!.algorithm).update(salt).update(password, 'utf8').digest()
}
