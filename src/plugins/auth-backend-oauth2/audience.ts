import { type Claims, claim, words } from './claims.ts'
import type { ResourceServer } from './settings.ts'

/** The resource server a token is for. Throws an Error that names the fault in RabbitMQ's words. */
export function resourceServerOf(claims: Claims, servers: readonly ResourceServer[]): ResourceServer {
  const audience = claim(claims, 'aud')
  const named = new Set(words(audience))
  const matching = servers.filter(({ id }) => named.has(id))
  if (matching.length === 1) return matching[0]!
  if (matching.length > 1) throw new Error('aud_matched_many_resource_servers_only_one_allowed')
  const indifferent = servers.filter(({ verifiesAudience }) => !verifiesAudience)
  if (indifferent.length === 1) return indifferent[0]!
  if (audience === undefined) {
    throw new Error(
      indifferent.length === 0 ? 'no_aud_found' : 'no_aud_found_cannot_pick_one_from_too_many_resource_servers',
    )
  }
  throw new Error(indifferent.length === 0 ? 'no_matching_aud_found' : 'too_many_resources_with_verify_aud_false')
}
