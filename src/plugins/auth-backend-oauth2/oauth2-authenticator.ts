import type {
  Authenticated,
  Authenticator,
  Authorization,
  Credentials,
  ResourceQuestion,
  TopicQuestion,
  Verdict,
} from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import { ScopePermissions, tagsOf } from './scopes.ts'
import type { Token, TokenReader } from './token.ts'

/** Takes a token for a password. Who the user is, and what it may do, stands in the token; the name given does not count. */
export class OAuth2Authenticator implements Authenticator {
  readonly name = 'oauth2'
  readonly #reader: TokenReader

  constructor(reader: TokenReader) {
    this.#reader = reader
  }

  async authenticate({ password }: Credentials): Promise<Authenticated> {
    const token = await readToken(this.#reader, password ?? '')
    const authorization = new TokenAuthorization(token, this.#reader)
    return { name: token.userName, tags: authorization.tags, authorization }
  }

  async authorize(_name: string, credentials: Credentials): Promise<Authorization> {
    return (await this.authenticate(credentials)).authorization
  }
}

async function readToken(reader: TokenReader, text: string): Promise<Token> {
  try {
    return await reader.read(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('access-refused', `Authentication using OAuth 2/JWT token failed: ${reason}`)
  }
}

/** What one token lets its user do. */
class TokenAuthorization implements Authorization {
  readonly backend = 'rabbit_auth_backend_oauth2'
  readonly tags: readonly string[]
  readonly expiresAt: number | undefined
  readonly #token: Token
  readonly #reader: TokenReader
  readonly #permissions: ScopePermissions

  constructor(token: Token, reader: TokenReader) {
    this.tags = tagsOf(token.scopes)
    this.expiresAt = token.expiresAt
    this.#token = token
    this.#reader = reader
    this.#permissions = new ScopePermissions(token.scopes, token.claims, token.server.patternSyntax)
  }

  vhost(name: string): Verdict {
    return verdict(this.#permissions.allowsVhost(name))
  }

  resource({ access, vhost, name }: ResourceQuestion): Verdict {
    return verdict(this.#permissions.allows(access, vhost, name))
  }

  topic({ access, vhost, exchange, routingKey }: TopicQuestion): Verdict {
    return verdict(this.#permissions.allowsTopic(access, { vhost, name: exchange }, routingKey))
  }

  async renew(secret: string): Promise<Authorization> {
    const token = await readToken(this.#reader, secret)
    if (token.userName !== this.#token.userName) {
      throw new Fault('access-refused', 'Not allowed to change username on refreshed token')
    }
    return new TokenAuthorization(token, this.#reader)
  }
}

function verdict(allowed: boolean): Verdict {
  return allowed ? 'allowed' : { reason: undefined }
}
