import type { JsonObject } from '../listing.ts'
import type { Route } from '../route.ts'
import { bodyFields } from './body-schemas.ts'
import { pagedPaths, routeSubjects } from './route-subjects.ts'

/** What a method does to what its path is about. */
const verbs: Readonly<Record<Route['method'], string>> = {
  GET: 'Tells of',
  PUT: 'Makes or changes',
  POST: 'Carries out',
  DELETE: 'Deletes or resets',
}

const pageParameters: readonly (readonly [name: string, type: string])[] = [
  ['page', 'integer'],
  ['page_size', 'integer'],
  ['name', 'string'],
  ['use_regex', 'boolean'],
  ['sort', 'string'],
  ['sort_reverse', 'boolean'],
  ['columns', 'string'],
]

/** The HTTP API as an OpenAPI document, made of its routes: what is not there cannot be asked. */
export function openApiDocument(routes: readonly Route[], version: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {}
  for (const route of routes) {
    const path = openApiPath(route.path)
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] = operation(route)
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Lapine HTTP API', version, description: 'RabbitMQ’s HTTP API, and what is below /x.' },
    servers: [{ url: '/api' }],
    security: [{ basic: [] }, { bearer: [] }],
    paths,
    components: {
      securitySchemes: { basic: { type: 'http', scheme: 'basic' }, bearer: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Error: {
          type: 'object',
          required: ['error', 'reason'],
          properties: { error: { type: 'string' }, reason: { type: 'string' } },
        },
      },
    },
  }
}

/** `/queues/{vhost}`. */
export function openApiPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}')
}

/** What a path is about; undefined where nobody has said. */
export function subjectOf(path: string): string | undefined {
  return routeSubjects.find(([pattern]) => pattern.test(path))?.[1]
}

function operation(route: Route): JsonObject {
  const { method, path } = route
  const subject = subjectOf(path) ?? path
  const parts = Array.from(path.matchAll(/:(\w+)/g), ([, name]) => parameter(name!, 'path', 'string'))
  const query = method === 'GET' && pagedPaths.test(path) ? pageParameters : []
  const body = method === 'PUT' || method === 'POST' ? requestBody(`${method} ${path}`) : {}
  const isStream = subject.includes('Server-Sent Events')
  const content = isStream ? { 'text/event-stream': {} } : { 'application/json': {} }
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[/:.-]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary: method === 'GET' || isStream ? subject : `${verbs[method]}: ${subject}`,
    tags: [subject],
    ...(route.isPublic ? { security: [] } : {}),
    parameters: [...parts, ...query.map(([name, type]) => parameter(name, 'query', type))],
    ...body,
    responses: {
      ...(method === 'GET' ? { 200: { description: 'The answer', content } } : successes(content)),
      400: problem('The request cannot be understood or done'),
      401: problem('Not logged in, or not permitted'),
      404: problem('There is no such thing'),
    },
  }
}

/** RabbitMQ's: 201 for what is new, 202 for what goes on, 204 for nothing to say. */
function successes(content: JsonObject): JsonObject {
  return {
    200: { description: 'Done', content },
    201: { description: 'Made' },
    202: { description: 'Begun, as a job', content },
    204: { description: 'Done' },
  }
}

function problem(description: string): JsonObject {
  return { description, content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
}

function parameter(name: string, where: 'path' | 'query', type: string): JsonObject {
  return { name, in: where, required: where === 'path', schema: { type } }
}

function requestBody(key: string): JsonObject {
  const fields = bodyFields[key]
  if (fields === undefined) return { requestBody: { content: { 'application/json': {} } } }
  const entries = Object.entries(fields)
  const required = entries.filter(([, type]) => type.endsWith('!')).map(([name]) => name)
  const properties = Object.fromEntries(
    entries.map(([name, type]) => [name, type.startsWith('any') ? {} : { type: type.replace('!', '') }]),
  )
  const schema = { type: 'object', properties, ...(required.length === 0 ? {} : { required }) }
  return { requestBody: { required: required.length > 0, content: { 'application/json': { schema } } } }
}
