import { HttpError } from './http-error.ts'

/** Who asks, as the Authorization header has it. A bearer token is a password without a name. */
export interface RequestCredentials {
  readonly user: string
  readonly password: string
}

const CHALLENGE = { 'www-authenticate': 'Basic realm="RabbitMQ Management"' } as const

/** Thrown where nobody says who asks: browsers and clients are told how to. */
export class CredentialsMissing extends Error {
  readonly headers = CHALLENGE
}

/** Reads `Basic` and `Bearer`; throws CredentialsMissing without a header and an HttpError (400) for one that is malformed. */
export function readCredentials(header: string | undefined): RequestCredentials {
  if (header === undefined || header === '') throw new CredentialsMissing()
  const [, scheme = '', rest = ''] = /^(\S+)\s+(\S+)\s*$/.exec(header) ?? []
  switch (scheme.toLowerCase()) {
    case 'basic':
      return readBasic(rest)
    case 'bearer':
      return { user: '', password: rest }
    default:
      throw malformed()
  }
}

function readBasic(encoded: string): RequestCredentials {
  const text = /^[A-Za-z0-9+/_-]+=*$/.test(encoded) ? Buffer.from(encoded, 'base64').toString('utf8') : ''
  const colon = text.indexOf(':')
  if (colon < 0) throw malformed()
  return { user: text.slice(0, colon), password: text.slice(colon + 1) }
}

function malformed(): HttpError {
  return new HttpError(400, 'bad_request', 'malformed authorization header')
}
