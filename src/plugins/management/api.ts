import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { internalActor, operator } from '../../broker/administration/actor.ts'
import type { Broker } from '../../broker/broker.ts'
import { Fault } from '../../broker/fault.ts'
import { hasLevel } from '../../broker/user.ts'
import type { SocketPeer } from '../../plugin.ts'
import { badRequest, type HttpError, notAuthenticated, notAuthorised, notFound } from './http-error.ts'
import type { Json } from './listing.ts'
import { EventStream } from './live/event-stream.ts'
import { readCredentials } from './request-credentials.ts'
import { Answer, type Call, type Route } from './route.ts'

export interface ApiOptions {
  readonly broker: Broker
  /** Both ends of the connection a request came by. */
  peerOf(request: FastifyRequest): SocketPeer
}

/** Serves routes under `/api` to whoever logs in and is tagged for it. */
export class Api {
  readonly #options: ApiOptions
  readonly #admitted = new WeakMap<FastifyRequest, Pick<Call, 'user' | 'actor' | 'peer'>>()

  constructor(options: ApiOptions) {
    this.#options = options
  }

  add(app: FastifyInstance, routes: readonly Route[]): void {
    this.#addOptions(app, routes)
    for (const route of routes) {
      const url = `/api${route.path}`
      app.route({
        method: route.method,
        url,
        // Ahead of the body: nobody keeps us reading who may not ask.
        onRequest: (request) => (route.isPublic ? this.#welcome(request) : this.#admit(request)),
        handler: (request, reply) => this.#serve(route, request, reply),
      })
    }
  }

  /** What can be asked of each path; browsers ask before they send what pages of another origin want. */
  #addOptions(app: FastifyInstance, routes: readonly Route[]): void {
    for (const path of new Set(routes.map((route) => route.path))) {
      const methods = routes.filter((route) => route.path === path).map(({ method }) => method)
      const allow = [...(methods.includes('GET') ? ['HEAD'] : []), ...methods, 'OPTIONS'].join(', ')
      app.options(`/api${path}`, async (_request, reply) => reply.code(200).header('allow', allow).send())
    }
  }

  async #serve(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    const answer = await carryOut(route, this.#callOf(request))
    if (answer instanceof EventStream) return stream(answer, request, reply)
    if (!(answer instanceof Answer)) return send(reply, 200, answer)
    reply.headers(answer.headers)
    return send(reply, answer.status, answer.body)
  }

  /** Finds out who asks; throws an HttpError for nobody who may. */
  async #admit(request: FastifyRequest): Promise<void> {
    const { broker, peerOf } = this.#options
    const peer = peerOf(request)
    const { authorization } = request.headers
    if (peer.owner === true && authorization === undefined) {
      const actor = internalActor('cli')
      this.#admitted.set(request, { user: { ...actor.user, authorizations: [] }, actor, peer })
      return
    }
    const credentials = readCredentials(authorization)
    const address = `${peer.remoteAddress}:${peer.remotePort}`
    const from = { address, ip: peer.remoteAddress, loopback: peer.loopback }
    const user = await broker
      .authenticate({ ...credentials, peer: from, context: { protocol: 'http' } })
      .catch((error: unknown) => {
        if (error instanceof Fault) throw notAuthenticated()
        throw error
      })
    if (!hasLevel(user, 'management')) throw notAuthorised('Not management user')
    this.#admitted.set(request, { user, actor: operator(user, 'http', address), peer })
  }

  /** Lets somebody in who may not do anything yet. */
  async #welcome(request: FastifyRequest): Promise<void> {
    const peer = this.#options.peerOf(request)
    const user = { name: '', tags: [], authorizations: [] }
    this.#admitted.set(request, { user, actor: operator(user, 'http'), peer })
  }

  #callOf(request: FastifyRequest): Call {
    return {
      ...this.#admitted.get(request)!,
      params: request.params as Record<string, string>,
      query: singular(request.query as Record<string, string | string[]>),
      body: (request.body ?? {}) as Json,
      reason: singleHeader(request.headers['x-reason']),
      lastEventId: singleHeader(request.headers['last-event-id']),
    }
  }
}

function singleHeader(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An answer that goes on until one side ends it. */
function stream(events: EventStream, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Nobody waits for more of the request.
  request.raw.resume()
  if (request.method === 'HEAD') events.destroy()
  return reply
    .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    .type('text/event-stream')
    .send(request.method === 'HEAD' ? '' : events.readable)
}

/** JSON also for bare texts, and nothing at all for nothing. */
function send(reply: FastifyReply, status: number, body: Json): FastifyReply {
  reply.code(status)
  if (body === undefined) return reply.send()
  return reply.type('application/json').send(JSON.stringify(body))
}

async function carryOut(route: Route, call: Call): Promise<Json | Answer | EventStream> {
  try {
    return await route.handle(call)
  } catch (error) {
    throw error instanceof Fault ? translate(error) : error
  }
}

function translate(fault: Fault): HttpError {
  switch (fault.kind) {
    case 'not-found':
      return notFound()
    case 'access-refused':
    case 'not-allowed':
      return notAuthorised(
        /^(Not \w+ user|User not authorised)/.test(fault.message) ? fault.message : 'Access refused.',
      )
    default:
      return badRequest(fault.message)
  }
}

/** Of a parameter that comes twice the last one counts. */
function singular(query: Readonly<Record<string, string | string[]>>): Record<string, string | undefined> {
  const entries = Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? value.at(-1) : value])
  return Object.fromEntries(entries) as Record<string, string | undefined>
}
