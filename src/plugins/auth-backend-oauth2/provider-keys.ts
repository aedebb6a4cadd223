import type { KeyObject } from 'node:crypto'
import { type CryptoKey, createLocalJWKSet, errors, type JWK, type JWSHeaderParameters } from 'jose'
import type { Clock } from '../../std/clock.ts'
import type { Logger } from '../../std/logger.ts'
import { fetchJson } from './json-document.ts'
import type { OAuthProvider } from './settings.ts'

/** Keys are asked for again when they are older, so that one that was withdrawn does not stay good. */
const FRESH_MILLISECONDS = 10 * 60_000

/** A token that names an unknown key makes us ask again, but no more often than this. */
const RETRY_MILLISECONDS = 10_000

type FindKey = (header: JWSHeaderParameters) => Promise<CryptoKey>

/**
 * The keys of one provider: those of the settings, and those it publishes. Published ones are kept when they cannot be
 * read again: a provider that is out of order, or says nonsense, does not take away the keys that were good.
 */
export class ProviderKeys {
  readonly #provider: OAuthProvider
  readonly #clock: Clock
  readonly #logger: Logger
  #published: FindKey | undefined
  #publishedAt = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  #asking: Promise<void> | undefined

  constructor(provider: OAuthProvider, clock: Clock, logger: Logger) {
    this.#provider = provider
    this.#clock = clock
    this.#logger = logger
  }

  /** The key for a token with this header; rejects when there is none. */
  readonly find = async (header: JWSHeaderParameters): Promise<KeyObject | CryptoKey> => {
    const { keys, defaultKey } = this.#provider
    const kid = header.kid ?? defaultKey
    if (kid === undefined) throw new Error('the token names no key, and there is no default key')
    const known = keys.get(kid)
    if (known !== undefined) return known
    return await this.#findPublished({ ...header, kid })
  }

  async #findPublished(header: JWSHeaderParameters): Promise<CryptoKey> {
    const isStale = this.#clock.monotonic() - this.#publishedAt > FRESH_MILLISECONDS
    if (this.#published === undefined || isStale) await this.#ask()
    const found = await this.#look(header)
    if (found !== undefined) return found
    await this.#ask()
    const again = await this.#look(header)
    if (again === undefined) throw new Error('the provider has no key that the token names')
    return again
  }

  async #look(header: JWSHeaderParameters): Promise<CryptoKey | undefined> {
    return await this.#published?.(header).catch((error: unknown) => {
      if (error instanceof errors.JWKSNoMatchingKey) return undefined
      throw error
    })
  }

  /** Reads the published keys again, unless that was tried just now. */
  #ask(): Promise<void> {
    if (this.#asking !== undefined) return this.#asking
    if (this.#clock.monotonic() - this.#askedAt < RETRY_MILLISECONDS) return Promise.resolve()
    this.#askedAt = this.#clock.monotonic()
    this.#asking = this.#read().finally(() => {
      this.#asking = undefined
    })
    return this.#asking
  }

  async #read(): Promise<void> {
    try {
      const url = await this.#address()
      if (url === undefined) return
      const { keys } = await fetchJson(url, this.#provider.tls, this.#clock)
      if (!Array.isArray(keys) || keys.length === 0) throw new Error(`${url} names no keys`)
      const find = createLocalJWKSet({ keys: keys as JWK[] })
      this.#published = (header) => find(header as JWSHeaderParameters & { alg: string })
      this.#publishedAt = this.#clock.monotonic()
    } catch (error) {
      const kept = this.#published === undefined ? '' : '; those from before are kept'
      this.#logger.error(`keys of OAuth 2 cannot be read: ${(error as Error).message}${kept}`)
    }
  }

  async #address(): Promise<string | undefined> {
    const { jwksUrl, discoveryUrl, tls } = this.#provider
    if (jwksUrl !== undefined || discoveryUrl === undefined) return jwksUrl
    const { jwks_uri: found } = await fetchJson(discoveryUrl, tls, this.#clock)
    if (typeof found !== 'string' || !/^https?:\/\//.test(found)) throw new Error(`${discoveryUrl} has no jwks_uri`)
    return found
  }
}
