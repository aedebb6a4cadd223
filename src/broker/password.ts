import {
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  type ScryptOptions,
  scrypt,
  timingSafeEqual,
} from 'node:crypto'
import type { Random } from '../std/random.ts'
import { Turnstile } from '../std/turnstile.ts'

/** A password as it is kept: what its hash is called, and the hash. */
export interface StoredPassword {
  /** `sha256`, `sha512`, `md5` or `scrypt`. */
  readonly hashing: string
  /** Empty for a user who has no password. */
  readonly passwordHash: string
}

/**
 * RabbitMQ's stored passwords, so that its definitions can be taken over and ours given back:
 *
 *     base64(salt (4 bytes) | hash(salt | password in UTF-8))
 */
const saltSize = 4

const digests = new Map([
  ['sha256', { algorithm: 'sha256', size: 32 }],
  ['sha512', { algorithm: 'sha512', size: 64 }],
  ['md5', { algorithm: 'md5', size: 16 }],
])

/**
 * Our own: `$scrypt$ln=14,r=8,p=1$salt$hash`, salt and hash in base64 without padding. One costs 16 MiB and about
 * 40 ms of a thread, so that a stolen file of definitions is of little use. (docs/decisions has the measurements.)
 */
const scryptForm = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d)\$([\w+/-]+)\$([\w+/-]+)$/
const scryptCost = { ln: 14, r: 8, p: 1 }
const scryptMemoryMax = 64 * 1024 * 1024
const scryptSaltSize = 16
const scryptHashSize = 32

const modulePrefix = 'rabbit_password_hashing_'

/** What `rabbit_password_hashing_sha256` and the like are called for short; undefined for a hash nobody knows. */
export function passwordHashing(name: string): string | undefined {
  const short = name.startsWith(modulePrefix) ? name.slice(modulePrefix.length) : name
  return digests.has(short) || short === 'scrypt' ? short : undefined
}

/** The name a hash has in RabbitMQ's definitions. */
export function passwordHashingModule(hashing: string): string {
  return `${modulePrefix}${hashing}`
}

/** Whether a stored password is one of its kind; an empty one is, and lets nobody in. */
export function isStoredPassword({ hashing, passwordHash }: StoredPassword): boolean {
  if (passwordHash === '') return true
  if (hashing === 'scrypt') return parseScrypt(passwordHash) !== undefined
  const digest = digests.get(hashing)
  return digest !== undefined && Buffer.from(passwordHash, 'base64').length === saltSize + digest.size
}

/** Hashes worked on at one time. The threads they take are those of the disk too. */
const CONCURRENT_MAX = 2
const REMEMBERED_MAX = 10_000

/** Makes and checks stored passwords. What takes its time is done off the broker's thread. */
export class Passwords {
  readonly #random: Random
  readonly #hashing: string
  readonly #turnstile = new Turnstile(CONCURRENT_MAX)
  /**
   * Passwords that were right, so that who comes again need not wait: by the stored password, a code of the given one
   * under a key that only this process has.
   */
  readonly #remembered = new Map<string, Buffer>()
  readonly #key: KeyObject

  /** `hashing` is what new passwords are stored with. */
  constructor(random: Random, hashing: string) {
    this.#random = random
    this.#hashing = hashing
    this.#key = createSecretKey(random.bytes(32))
  }

  /** The stored form of a new password, with a fresh salt; of RabbitMQ's kind when `hashing` says so. */
  async hash(password: string, hashing = this.#hashing): Promise<StoredPassword> {
    if (hashing !== 'scrypt') {
      const salt = this.#random.bytes(saltSize)
      const bytes = Buffer.concat([salt, digestOf(hashing, salt, password)])
      return { hashing, passwordHash: bytes.toString('base64') }
    }
    const salt = this.#random.bytes(scryptSaltSize)
    const { ln, r, p } = scryptCost
    const hash = await this.#scrypt(password, salt, scryptHashSize, cost(scryptCost))
    return { hashing, passwordHash: `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(hash)}` }
  }

  /** Whether `password` is the stored one. Empty ones never are, as in RabbitMQ. */
  async verify(password: string, stored: StoredPassword): Promise<boolean> {
    if (password === '' || stored.passwordHash === '') return false
    return stored.hashing === 'scrypt' ? this.#verifyScrypt(password, stored) : verifyDigest(password, stored)
  }

  /** Takes the time of a wrong password of somebody whose hash is of that kind, and answers what it would. */
  async pretend(password: string, hashing: string): Promise<false> {
    if (hashing === 'scrypt') await this.#scrypt(password, nobody, scryptHashSize, cost(scryptCost))
    else if (digests.has(hashing)) digestOf(hashing, nobody.subarray(0, saltSize), password)
    return false
  }

  async #verifyScrypt(password: string, { passwordHash }: StoredPassword): Promise<boolean> {
    const code = createHmac('sha256', this.#key).update(password, 'utf8').digest()
    if (this.#isRemembered(passwordHash, code)) return true
    const parts = parseScrypt(passwordHash)
    if (parts === undefined) return false
    const { salt, hash } = parts
    return this.#turnstile.pass(async () => {
      // Of many who come at once with one password, the first to have its turn answers for the others.
      if (this.#isRemembered(passwordHash, code)) return true
      if (!timingSafeEqual(await derive(password, salt, hash.length, parts.cost), hash)) return false
      if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear()
      this.#remembered.set(passwordHash, code)
      return true
    })
  }

  #isRemembered(passwordHash: string, code: Buffer): boolean {
    const remembered = this.#remembered.get(passwordHash)
    return remembered !== undefined && timingSafeEqual(remembered, code)
  }

  #scrypt(password: string, salt: Buffer, size: number, options: ScryptOptions): Promise<Buffer> {
    return this.#turnstile.pass(() => derive(password, salt, size, options))
  }
}

function derive(password: string, salt: Buffer, size: number, options: ScryptOptions): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, size, { ...options, maxmem: scryptMemoryMax }, (error, hash) => {
      if (error === null) resolve(hash)
      else reject(error)
    })
  })
}

/** The salt of nobody. */
const nobody = Buffer.alloc(scryptSaltSize)

function cost({ ln, r, p }: typeof scryptCost): ScryptOptions {
  return { N: 2 ** ln, r, p }
}

function verifyDigest(password: string, { hashing, passwordHash }: StoredPassword): boolean {
  const bytes = Buffer.from(passwordHash, 'base64')
  const digest = digests.get(hashing)
  if (digest === undefined || bytes.length !== saltSize + digest.size) return false
  return timingSafeEqual(bytes.subarray(saltSize), digestOf(hashing, bytes.subarray(0, saltSize), password))
}

function digestOf(hashing: string, salt: Buffer, password: string): Buffer {
  return createHash(digests.get(hashing)!.algorithm).update(salt).update(password, 'utf8').digest()
}

interface ScryptParts {
  readonly cost: ScryptOptions
  readonly salt: Buffer
  readonly hash: Buffer
}

/** Undefined for what is none, or would take more memory than is given to it. */
function parseScrypt(stored: string): ScryptParts | undefined {
  const [, ln, r, p, salt, hash] = scryptForm.exec(stored) ?? []
  if (salt === undefined || hash === undefined) return undefined
  const numbers = { ln: Number(ln), r: Number(r), p: Number(p) }
  const isUsable =
    numbers.ln > 0 && numbers.r > 0 && numbers.p > 0 && 128 * 2 ** numbers.ln * numbers.r * numbers.p < scryptMemoryMax
  const bytes = Buffer.from(hash, 'base64')
  if (!isUsable || bytes.length < 16 || bytes.length > 64) return undefined
  return { cost: cost(numbers), salt: Buffer.from(salt, 'base64'), hash: bytes }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
