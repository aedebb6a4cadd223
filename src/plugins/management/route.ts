import type { Actor } from '../../broker/administration/actor.ts'
import type { AuthenticatedUser } from '../../broker/authenticator.ts'
import type { SocketPeer } from '../../plugin.ts'
import { badRequest } from './http-error.ts'
import type { Json, JsonObject } from './listing.ts'
import type { EventStream } from './live/event-stream.ts'

/** One request, understood and by somebody who may use the API. */
export interface Call {
  readonly user: AuthenticatedUser
  readonly actor: Actor
  readonly peer: SocketPeer
  /** Decoded parts of the path. */
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | undefined>>
  /** What came as JSON; an empty object for no body. */
  readonly body: Json
  /** The header `X-Reason`: why a connection is closed. */
  readonly reason: string | undefined
  /** The header `Last-Event-ID`: where a stream of events is to go on. */
  readonly lastEventId: string | undefined
}

/** Something other than 200 with JSON. */
export class Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Json

  constructor(status: number, headers: Readonly<Record<string, string>> = {}, body: Json = undefined) {
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** One method of one path; `:vhost` stands for a part of it. */
export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE'
  readonly path: string
  /** Asked by whoever has yet to log in. */
  readonly isPublic?: true
  handle(call: Call): Promise<Json | Answer | EventStream>
}

export const created = new Answer(201)
export const noContent = new Answer(204)

/** 201 for something new, 204 for what was there. */
export function put(outcome: 'created' | 'updated'): Answer {
  return outcome === 'created' ? created : noContent
}

/** The body, which must be an object. */
export function bodyObject(call: Call): JsonObject {
  const { body } = call
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('not_json')
  return body as JsonObject
}

/** A field that must be there. */
export function requireField(body: JsonObject, name: string): Json {
  const value = body[name]
  if (value === undefined) throw badRequest(`${name}_not_present`)
  return value
}

/** A field that is a text, if it is there. */
export function textField(body: JsonObject, name: string): string | undefined {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw badRequest(`${name} should be a string`)
  return value
}

/** A field that is true or false, as JSON or (from forms) as text. */
export function flagField(body: JsonObject, name: string, otherwise: boolean): boolean {
  const value = body[name]
  if (value === undefined || value === null) return otherwise
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  throw badRequest(`${name} should be a boolean`)
}

/** An object, empty when it is not there. */
export function objectField(body: JsonObject, name: string): JsonObject {
  const value = body[name]
  // Some clients write an empty table as an empty list.
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return {}
  if (typeof value !== 'object' || Array.isArray(value)) throw badRequest(`${name} should be a map`)
  return value as JsonObject
}

/** A whole number within bounds. */
export function integerField(body: JsonObject, name: string, otherwise: number | undefined): number {
  const value = body[name] ?? otherwise
  const number = typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw badRequest(`${name} should be an integer`)
  return number
}

/** Tags as a list, or as text with commas, as both come. */
export function tagsField(value: Json): string[] {
  if (typeof value === 'string') {
    return value
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '')
  }
  if (Array.isArray(value) && value.every((tag) => typeof tag === 'string')) return [...value]
  throw badRequest('tags should be a list of strings')
}
