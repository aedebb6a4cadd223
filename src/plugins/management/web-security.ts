import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HttpError } from './http-error.ts'

/** What browsers may do with the HTTP API, and what they are told. */
export interface WebSecurity {
  /** Origins whose pages may use it; `*` for any. */
  readonly origins: readonly string[]
  /** For how long a browser may remember that. */
  readonly preflightSeconds: number
  /** Headers of every answer, by name. */
  readonly headers: Readonly<Record<string, string>>
  /** What the login page is to know, under RabbitMQ's names. */
  readonly oauth: Readonly<Record<string, string | boolean>>
}

/** For answers that say nothing else: data, which is no page. */
const defaults: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
}

const reading = ['GET', 'HEAD', 'OPTIONS']

/**
 * Keeps pages of others from changing anything: a browser says where a request comes from, and where that is not here
 * it is refused before anybody looks who asks. What is no browser says nothing, and is not concerned.
 */
export function addWebSecurity(app: FastifyInstance, security: WebSecurity): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers
    const isAllowed = origin !== undefined && isListed(origin, security)
    if (isAllowed) permit(reply, origin)
    if (!isAllowed && !reading.includes(request.method) && isForeign(request)) {
      throw new HttpError(403, 'forbidden', 'the request comes from a page of another origin')
    }
    if (request.method === 'OPTIONS' && isAllowed) {
      reply.header('access-control-max-age', String(security.preflightSeconds))
      reply.header('access-control-allow-methods', 'HEAD, GET, PUT, POST, DELETE, OPTIONS')
      const wanted = request.headers['access-control-request-headers']
      if (typeof wanted === 'string') reply.header('access-control-allow-headers', wanted)
    }
  })
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(defaults)) if (!reply.hasHeader(name)) reply.header(name, value)
    reply.headers(security.headers)
  })
}

function isListed(origin: string, { origins }: WebSecurity): boolean {
  return origins.includes('*') || origins.includes(origin)
}

function permit(reply: FastifyReply, origin: string): void {
  reply.header('access-control-allow-origin', origin)
  reply.header('access-control-allow-credentials', 'true')
  reply.header('access-control-expose-headers', 'location, etag')
}

/** Whether a browser says that a page of another origin asks. */
function isForeign({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const { origin, host } = headers
  if (origin === undefined) return false
  // A page without an origin of its own says `null`.
  return !URL.canParse(origin) || new URL(origin).host !== host
}
