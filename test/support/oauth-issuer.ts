import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { exportJWK, type JWK, SignJWT } from 'jose'
import type { Identity } from './certificates.ts'
import { type Answering, FakeHttpService } from './http-backend.ts'

/** A provider of tokens: its keys, published over HTTP, and tokens signed with them. */
export class FakeIssuer {
  readonly service: FakeHttpService
  /** Answers in place of the keys, when set. */
  override: Answering | undefined
  readonly #keys = new Map<string, { privateKey: KeyObject; jwk: JWK }>()

  private constructor(service: FakeHttpService) {
    this.service = service
  }

  static async start(identity?: Identity): Promise<FakeIssuer> {
    const service = await FakeHttpService.start(() => 'not ready', identity)
    const issuer = new FakeIssuer(service)
    service.answer = (question) => issuer.override?.(question) ?? issuer.#answer(question.path)
    await issuer.addKey('key-1')
    return issuer
  }

  get url(): string {
    return this.service.url
  }

  async addKey(kid: string): Promise<void> {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#keys.set(kid, { privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } })
  }

  removeKey(kid: string): void {
    this.#keys.delete(kid)
  }

  /** A token that is good for a minute, unless the claims say otherwise; `undefined` leaves a claim out. */
  async token(claims: Record<string, unknown> = {}, options: TokenOptions = {}): Promise<string> {
    const { kid = 'key-1', now = Date.now(), header = {} } = options
    const all = { sub: 'ann', aud: 'rabbitmq', exp: Math.floor(now / 1000) + 60, ...claims }
    const given = Object.entries(all).filter(([, value]) => value !== undefined)
    const signer = options.key ?? this.#keys.get(kid)!.privateKey
    return await new SignJWT(Object.fromEntries(given))
      .setProtectedHeader({ alg: 'ES256', kid, ...header })
      .sign(signer)
  }

  stop(): Promise<void> {
    return this.service.stop()
  }

  #answer(path: string): string {
    if (path === '/jwks') return JSON.stringify({ keys: [...this.#keys.values()].map(({ jwk }) => jwk) })
    return JSON.stringify({ issuer: this.url, jwks_uri: `${this.url}/jwks` })
  }
}

export interface TokenOptions {
  readonly kid?: string
  /** Wall time in milliseconds. */
  readonly now?: number
  readonly header?: Record<string, unknown>
  /** Signs instead of the issuer's own key. */
  readonly key?: KeyObject | Uint8Array
}
