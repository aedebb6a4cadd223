import { type Action, quote } from './action.ts'
import { path } from './request.ts'
import type { Details } from './samples.ts'

/** What a client says of itself, as far as one looks at it. */
interface ClientProperties {
  readonly product?: string
  readonly version?: string
  readonly platform?: string
  readonly connection_name?: string
}

/** What open and closed connections have in common. */
interface Peer {
  readonly name: string
  readonly user_provided_name?: string
  readonly protocol: string
  readonly user: string | null
  readonly vhost: string | null
  readonly peer_host: string
  readonly peer_port: number
  readonly ssl: boolean
  readonly client_properties?: ClientProperties
  readonly connected_at: number | null
  readonly recv_oct: number
  readonly send_oct: number
}

/** An open connection. */
export interface Connection extends Peer {
  readonly state: string
  readonly auth_mechanism: string
  readonly host: string
  readonly port: number
  readonly timeout: number
  readonly frame_max: number
  readonly channel_max: number
  readonly channels: number
  readonly send_pend: number
  readonly ssl_protocol: string | null
  readonly ssl_cipher: string | null
  readonly peer_cert_subject: string | null
  readonly peer_cert_validity: string | null
  readonly recv_oct_details?: Details
  readonly send_oct_details?: Details
}

/** A connection that ended. */
export interface ClosedConnection extends Peer {
  readonly closed_at: number
  readonly ended_by: 'client' | 'broker' | 'network'
  readonly reason: string
  readonly channel_errors: readonly string[]
}

/** A channel. */
export interface Channel {
  readonly name: string
  readonly number: number
  readonly user: string
  readonly vhost: string
  readonly state: string
  readonly connection_details: { readonly name: string }
  readonly confirm: boolean
  readonly transactional: boolean
  readonly prefetch_count: number
  readonly global_prefetch_count: number
  readonly consumer_count: number
  readonly messages_unacknowledged: number
  readonly messages_unconfirmed: number
  readonly messages_uncommitted: number
  readonly message_stats?: Readonly<Record<string, number | Details | undefined>>
  readonly consumer_details?: readonly Consumer[]
}

/** Who reads from a queue, and where from. */
export interface Consumer {
  readonly consumer_tag: string
  readonly queue: { readonly name: string; readonly vhost: string }
  readonly ack_required: boolean
  readonly exclusive: boolean
  readonly prefetch_count: number
  readonly active: boolean
  readonly arguments: Readonly<Record<string, unknown>>
  readonly channel_details: { readonly name: string; readonly connection_name: string; readonly user: string }
}

/** What a connection is best called. */
export function clientName({ user_provided_name: given, client_properties: properties, name }: Peer): string {
  return given ?? properties?.connection_name ?? name
}

/** `RabbitMQ 5.2`: the library a client is made with. */
export function libraryOf({ client_properties: properties }: Peer): string {
  return [properties?.product, properties?.version].filter((word) => word !== undefined).join(' ')
}

/** Ends a connection; the client is told why. */
export function closeConnection(name: string, reason: string): Action {
  return {
    method: 'DELETE',
    path: path`/connections/${name}`,
    headers: { 'x-reason': reason },
    cli: `close_connection ${quote(name)} ${quote(reason)}`,
  }
}
