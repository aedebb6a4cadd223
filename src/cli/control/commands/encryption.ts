import { createCipheriv, createDecipheriv, getCipherInfo, pbkdf2Sync, randomBytes } from 'node:crypto'
import { BadArgument, type ControlCommand, type ControlCommands, type Given } from '../control-command.ts'
import { readTerm, writeTerm } from '../erlang-term.ts'

/** Ciphers by Erlang's names, as OpenSSL calls them. */
const ciphers: Readonly<Record<string, string>> = {
  aes_cbc: 'aes-256-cbc',
  aes_128_cbc: 'aes-128-cbc',
  aes_192_cbc: 'aes-192-cbc',
  aes_256_cbc: 'aes-256-cbc',
  aes_cbc256: 'aes-256-cbc',
  aes_128_cfb128: 'aes-128-cfb',
  aes_192_cfb128: 'aes-192-cfb',
  aes_256_cfb128: 'aes-256-cfb',
  aes_128_ctr: 'aes-128-ctr',
  aes_192_ctr: 'aes-192-ctr',
  aes_256_ctr: 'aes-256-ctr',
  chacha20: 'chacha20',
}
const hashes = [
  'sha512',
  'sha384',
  'sha256',
  'sha224',
  'sha',
  'sha3_512',
  'sha3_384',
  'sha3_256',
  'sha3_224',
  'blake2b',
  'blake2s',
  'md5',
]
const SALT_BYTES = 16

interface Recipe {
  readonly cipher: string
  readonly hash: string
  readonly iterations: number
}

/** The defaults are RabbitMQ's: what it has encrypted is read without naming them. */
function recipeOf({ options }: Given): Recipe {
  const { cipher = 'aes_128_cbc', hash = 'sha256', iterations = '1' } = options
  const known = ciphers[cipher]
  if (known === undefined) throw new BadArgument('The requested cipher is not supported.')
  if (!hashes.includes(hash)) throw new BadArgument('The requested hash is not supported')
  if (!/^[1-9]\d*$/.test(iterations)) throw new BadArgument('The requested number of iterations is incorrect')
  return { cipher: known, hash: nodeHash(hash), iterations: Number(iterations) }
}

function nodeHash(name: string): string {
  if (name === 'sha') return 'sha1'
  if (name.startsWith('sha3_')) return name.replace('_', '-')
  return { blake2b: 'blake2b512', blake2s: 'blake2s256' }[name] ?? name
}

/** As RabbitMQ's `rabbit_pbe`: salt, initialization vector and the padded external form of an Erlang term, in base 64. */
function encrypt(plain: Buffer, passphrase: string, recipe: Recipe): string {
  const { keyLength, ivLength = 0, blockSize = 16 } = getCipherInfo(recipe.cipher)!
  const salt = randomBytes(SALT_BYTES)
  const vector = randomBytes(ivLength)
  const key = pbkdf2Sync(passphrase, salt, recipe.iterations, keyLength, recipe.hash)
  const cipher = createCipheriv(recipe.cipher, key, vector).setAutoPadding(false)
  const missing = blockSize - (plain.length % blockSize)
  const padded = Buffer.concat([plain, Buffer.alloc(missing, missing)])
  return Buffer.concat([salt, vector, cipher.update(padded), cipher.final()]).toString('base64')
}

function decrypt(text: string, passphrase: string, recipe: Recipe): Buffer {
  const { keyLength, ivLength = 0 } = getCipherInfo(recipe.cipher)!
  const bytes = Buffer.from(text, 'base64')
  const salt = bytes.subarray(0, SALT_BYTES)
  const key = pbkdf2Sync(passphrase, salt, recipe.iterations, keyLength, recipe.hash)
  const vector = bytes.subarray(SALT_BYTES, SALT_BYTES + ivLength)
  const cipher = createDecipheriv(recipe.cipher, key, vector).setAutoPadding(false)
  const padded = Buffer.concat([cipher.update(bytes.subarray(SALT_BYTES + ivLength)), cipher.final()])
  return padded.subarray(0, padded.length - (padded.at(-1) ?? 0))
}

/** The base 64 of `{encrypted,<<"…">>}`, `encrypted:…` or itself. */
function cipherText(text: string): string {
  return /<<"([^"]*)">>/.exec(text)?.[1] ?? text.replace(/^encrypted:/, '')
}

async function wordsOf(given: Given): Promise<[value: string, passphrase: string]> {
  const [value, passphrase] = given.args
  if (value !== undefined && passphrase !== undefined) return [value, passphrase]
  const lines = (await given.readInput()).split(/\r?\n/)
  const [first = '', second = ''] = value === undefined ? lines : [value, lines[0] ?? '']
  if (second === '') throw new BadArgument('the passphrase comes as an argument, or on standard input behind the value')
  return [first, second]
}

function failing<T>(work: () => T): T {
  try {
    return work()
  } catch {
    throw new BadArgument(
      'Failed to decrypt the value. Things to check: is the passphrase correct? Are the cipher and hash algorithms the same as those used for encryption?',
    )
  }
}

const options = ['cipher', 'hash', 'iterations', 'list-ciphers!', 'list-hashes!', 'decode!']
const arguments_ = ['[value]', '[passphrase]']

const encode: ControlCommand = {
  summary: 'Encrypts a sensitive configuration value',
  parameters: arguments_,
  options,
  banner: () => 'Encrypting value ...',
  run: async (_broker, given) => {
    const [value, passphrase] = await wordsOf(given)
    const term = failing(() => writeTerm(value))
    return { text: `{encrypted,<<"${encrypt(term, passphrase, recipeOf(given))}">>}` }
  },
}
const decode: ControlCommand = {
  summary: 'Decrypts an encrypted configuration value',
  parameters: arguments_,
  options,
  banner: () => 'Decrypting value ...',
  run: async (_broker, given) => {
    const [value, passphrase] = await wordsOf(given)
    const recipe = recipeOf(given)
    return { text: failing(() => readTerm(decrypt(cipherText(value), passphrase, recipe))) }
  },
}

/** Encryption of values in configuration files; nothing of it needs a broker. */
export const encryptionCommands: ControlCommands = {
  encode,
  decode,
  encrypt_conf_value: {
    ...encode,
    summary: 'Encrypts a value for rabbitmq.conf',
    run: async (_broker, given) => {
      const [value, passphrase] = await wordsOf(given)
      return { text: `encrypted:${encrypt(writeTerm(`<<"${value}">>`), passphrase, recipeOf(given))}` }
    },
  },
  decrypt_conf_value: {
    ...decode,
    summary: 'Decrypts an encrypted value of rabbitmq.conf',
    run: async (_broker, given) => {
      const [value, passphrase] = await wordsOf(given)
      const recipe = recipeOf(given)
      const term = failing(() => readTerm(decrypt(cipherText(value), passphrase, recipe)))
      return { text: /^<<"(.*)">>$/s.exec(term)?.[1] ?? term }
    },
  },
  list_ciphers: {
    summary: 'Lists cipher suites supported by encoding commands',
    parameters: [],
    banner: () => 'Listing supported ciphers ...',
    run: async () => ({ value: Object.keys(ciphers), text: `[${Object.keys(ciphers).join(',')}]` }),
  },
  list_hashes: {
    summary: 'Lists hash functions supported by encoding commands',
    parameters: [],
    banner: () => 'Listing supported hash algorithms ...',
    run: async () => ({ value: hashes, text: `[${hashes.join(',')}]` }),
  },
}
