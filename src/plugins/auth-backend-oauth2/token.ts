import { compactVerify, decodeJwt } from 'jose'
import type { Clock } from '../../std/clock.ts'
import { resourceServerOf } from './audience.ts'
import { type Claims, claim } from './claims.ts'
import type { ProviderKeys } from './provider-keys.ts'
import { scopesOf } from './scopes.ts'
import type { OAuth2Settings, ResourceServer } from './settings.ts'

/** Signatures that need no secret shared with the provider. */
const safeAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]

/** A token whose signature, audience and time are good. */
export interface Token {
  readonly server: ResourceServer
  readonly claims: Claims
  /** Without the prefix of the resource server. */
  readonly scopes: readonly string[]
  readonly userName: string
  /** Wall-clock milliseconds; undefined for a token without end. */
  readonly expiresAt: number | undefined
}

export interface TokenReaderOptions {
  readonly settings: OAuth2Settings
  /** By id of the provider. */
  readonly keys: ReadonlyMap<string, ProviderKeys>
  readonly clock: Clock
}

/** Reads tokens. */
export class TokenReader {
  readonly #options: TokenReaderOptions

  constructor(options: TokenReaderOptions) {
    this.#options = options
  }

  /** Rejects with an Error that names the fault and holds nothing of the token. */
  async read(text: string): Promise<Token> {
    const { settings } = this.#options
    const server = resourceServerOf(unverified(text), settings.resourceServers)
    const provider = settings.providers.get(server.provider)
    const keys = this.#options.keys.get(server.provider)
    if (provider === undefined || keys === undefined) throw new Error(`there is no provider '${server.provider}'`)
    const algorithms = provider.algorithms.length === 0 ? safeAlgorithms : [...provider.algorithms]
    const { payload } = await compactVerify(text, keys.find, { algorithms })
    const claims = JSON.parse(Buffer.from(payload).toString('utf8')) as Claims
    const expiresAt = this.#expiry(claims, server)
    return { server, claims, scopes: scopesOf(claims, server), userName: userNameIn(claims, server), expiresAt }
  }

  /** When the token ends. Throws an Error for one that has, or has not begun. */
  #expiry(claims: Claims, server: ResourceServer): number | undefined {
    const now = this.#options.clock.now()
    const begin = claim(claims, 'nbf')
    if (begin !== undefined && (typeof begin !== 'number' || begin * 1000 > now)) {
      throw new Error('Provided JWT token is not valid yet')
    }
    const end = claim(claims, 'exp')
    if (end === undefined && !server.requiresExpiry) return undefined
    if (end === undefined) throw new Error('Provided JWT token has no exp claim')
    if (typeof end !== 'number') throw new Error('Provided JWT token has an invalid exp claim: value is not a number')
    const seconds = Math.trunc(end)
    if (seconds * 1000 <= now) {
      const checked = Math.trunc(now / 1000)
      throw new Error(`Provided JWT token has expired at timestamp ${seconds} (validated at ${checked})`)
    }
    return seconds * 1000
  }
}

/** The claims of a token nobody has looked at yet, to find out who is to look. */
function unverified(text: string): Claims {
  try {
    return decodeJwt(text) as Claims
  } catch {
    throw new Error('provided token is invalid')
  }
}

function userNameIn(claims: Claims, { usernameClaims }: ResourceServer): string {
  for (const name of usernameClaims) {
    const value = claim(claims, name)
    if (typeof value === 'string') return value
  }
  return 'unknown'
}
