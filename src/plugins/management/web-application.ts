import { createHash } from 'node:crypto'
import { gzip } from 'node:zlib'
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { HttpError, notFound } from './http-error.ts'
import { parseJson } from './json-body.ts'
import { CredentialsMissing } from './request-credentials.ts'
import { routedUrl } from './request-url.ts'
import { addWebSecurity, type WebSecurity } from './web-security.ts'

export interface WebApplicationOptions {
  /** `/rabbit`, where `management.path_prefix` says so; empty otherwise. */
  readonly pathPrefix: string
  /** Largest request body in bytes. */
  readonly bodyBytesMax: number
  readonly security: WebSecurity
  /** Told of what went wrong and is not the client's fault. */
  readonly onError: (error: Error, request: string) => void
}

/** Answers longer than this are compressed for who takes that. */
const COMPRESSED_BYTES_MIN = 1024

/** Names of queues may have 255 bytes, each of which may take nine characters in a URL that was escaped twice. */
const PARAMETER_CHARACTERS_MAX = 2400

/** Not under the path prefix, or no path at all. */
const NOWHERE = '/not-found'

/**
 * The web application all routes are added to: RabbitMQ's forms of URLs, bodies and errors. It has no socket of its
 * own: streams are handed to `app.server` as connections.
 */
export function makeWebApplication(options: WebApplicationOptions): FastifyInstance {
  const app = Fastify({
    bodyLimit: options.bodyBytesMax,
    routerOptions: { maxParamLength: PARAMETER_CHARACTERS_MAX },
    rewriteUrl: (request) => routedUrl(request.url ?? '/', options.pathPrefix) ?? NOWHERE,
    forceCloseConnections: true,
    // Others (`h2c`) are answered as if they had not asked.
    http: { shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket' },
    frameworkErrors: (error, request, reply) => {
      void answerError(error, request, reply, options)
    },
  })
  readAnyBody(app)
  app.setNotFoundHandler(async () => {
    throw notFound()
  })
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, options))
  addWebSecurity(app, options.security)
  app.addHook('onSend', compress)
  return app
}

/** RabbitMQ reads every body as JSON, whatever its content type says, and takes none for an empty object. */
function readAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') return done(null, undefined)
    try {
      done(null, isForm(request, body as string) ? readForm(body as string) : parseJson(body as string))
    } catch {
      done(new HttpError(400, 'bad_request', 'not_json'))
    }
  })
}

/** What browsers send from forms. Tools that say so and send JSON mean JSON. */
function isForm({ headers }: FastifyRequest, body: string): boolean {
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true && /^[\w.%+-]+=/.test(body)
}

function readForm(body: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body))
}

function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  options: WebApplicationOptions,
): FastifyReply {
  if (error instanceof CredentialsMissing) return reply.code(401).headers(error.headers).send()
  if (error instanceof HttpError) return reply.code(error.status).send({ error: error.error, reason: error.reason })
  const status = error.statusCode ?? 500
  if (status < 500) return reply.code(status).send({ error: 'bad_request', reason: error.message })
  options.onError(error, `${request.method} ${request.url}`)
  return reply.code(500).send({ error: 'internal_server_error', reason: 'Internal Server Error' })
}

/** Answers carry a tag of their content, so that who polls gets what has not changed for nothing. */
async function compress(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
  reply.header('vary', 'accept, accept-encoding, origin')
  if (reply.getHeader('cache-control') === undefined) reply.header('cache-control', 'no-cache')
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload
  if (request.method === 'GET' && reply.statusCode === 200) {
    const tag = `"${createHash('sha1').update(payload).digest('base64url')}"`
    reply.header('etag', tag)
    if (request.headers['if-none-match'] === tag) {
      reply.code(304)
      return null
    }
  }
  if (payload.length < COMPRESSED_BYTES_MIN || reply.getHeader('content-encoding') !== undefined) return payload
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) return payload
  reply.header('content-encoding', 'gzip')
  reply.removeHeader('content-length')
  return compressed(payload)
}

function compressed(payload: string | Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    gzip(payload, { level: 5 }, (error, bytes) => (error === null ? resolve(bytes) : reject(error)))
  })
}
