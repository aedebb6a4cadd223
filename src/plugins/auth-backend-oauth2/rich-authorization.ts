import { type Claims, claim, words } from './claims.ts'
import { wildcardMatches } from './scope-pattern.ts'
import type { ResourceServer } from './settings.ts'

const tags = new Set(['monitoring', 'administrator', 'management', 'policymaker'])
const permissions = new Set(['read', 'write', 'configure'])
const attributes = new Set(['cluster', 'vhost', 'queue', 'exchange', 'routing-key'])

/**
 * The scopes that `authorization_details` (rich authorization requests, RFC 9396) stand for, in RabbitMQ's form:
 * `{type, actions: ["read"], locations: ["cluster:prod/vhost:a/queue:b"]}`.
 */
export function richScopes(claims: Claims, server: ResourceServer): string[] {
  const details = claim(claims, 'authorization_details')
  if (!Array.isArray(details) || server.type === undefined || server.type === '') return []
  return details.filter((detail) => claim(detail, 'type') === server.type).flatMap((detail) => scopesOf(detail, server))
}

function scopesOf(detail: unknown, { id }: ResourceServer): string[] {
  const given = claim(detail, 'locations')
  const locations = (typeof given === 'string' ? [given] : words(given)).map(attributesOf)
  const paths = locations.filter((location) => isOurs(location, id)).map(pathOf)
  if (paths.length === 0) return []
  const actions = claim(detail, 'actions')
  return (typeof actions === 'string' ? [actions] : words(actions)).flatMap((action) => {
    if (tags.has(action)) return [`${id}.tag:${action}`]
    return permissions.has(action) ? paths.map((path) => `${id}.${action}:${path}`) : []
  })
}

/** `cluster:prod/vhost:a`: what is no pair, or of another name, is passed over. */
function attributesOf(location: string): ReadonlyMap<string, string> {
  const pairs = location.split('/').map((part) => part.split(':').filter((piece) => piece !== ''))
  return new Map(
    pairs.flatMap(([name = '', value]) => (attributes.has(name) && value !== undefined ? [[name, value]] : [])),
  )
}

function isOurs(location: ReadonlyMap<string, string>, id: string): boolean {
  const cluster = location.get('cluster')
  if (cluster === undefined || !wildcardMatches(cluster, id)) return false
  const [queue, exchange] = [location.get('queue'), location.get('exchange')]
  return queue === undefined || exchange === undefined || queue === exchange
}

function pathOf(location: ReadonlyMap<string, string>): string {
  const name = location.get('queue') ?? location.get('exchange') ?? '*'
  return `${location.get('vhost') ?? '*'}/${name}/${location.get('routing-key') ?? '*'}`
}
