import type { Credentials } from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import type { SaslMechanism, SocketPeer } from '../../plugin.ts'
import { tableGet, tableString } from '../../std/table.ts'
import { decodeTable } from '../../std/table-codec.ts'
import { erlangBinary } from '../../wire/amqp091/erlang-text.ts'
import type { Amqp091Settings } from './settings.ts'

/** Who a client says it is. */
export type Claim = Pick<Credentials, 'user' | 'password'>

/** What decides how a client may log in. */
export interface SaslContext {
  readonly settings: Amqp091Settings
  /** Mechanisms of plug-ins. */
  readonly mechanisms: ReadonlyMap<string, SaslMechanism>
  readonly peer: SocketPeer
}

/** Mechanisms that the settings allow and somebody here knows, in the order of the settings. */
export function offeredMechanisms({ settings, mechanisms, peer }: SaslContext): string[] {
  return settings.authMechanisms.filter((name) => {
    if (name === 'PLAIN' || name === 'AMQPLAIN') return true
    if (name === 'ANONYMOUS') return settings.anonymousUser !== undefined
    return mechanisms.get(name)?.isOffered(peer) ?? false
  })
}

/** Reads a SASL response; no mechanism needs more than one. */
export function readResponse(mechanism: string, response: Buffer, context: SaslContext): Claim {
  if (!offeredMechanisms(context).includes(mechanism)) {
    throw new Fault('command-invalid', `unknown authentication mechanism '${mechanism}'`)
  }
  const { settings, mechanisms, peer } = context
  switch (mechanism) {
    case 'PLAIN':
      return readPlain(response)
    case 'AMQPLAIN':
      return readAmqplain(response)
    case 'ANONYMOUS':
      return { user: settings.anonymousUser ?? '', password: settings.anonymousPassword }
    default:
      return mechanisms.get(mechanism)!.credentials(response, peer)
  }
}

/** `\0user\0password`; the authorization identity before it has to be empty, as with RabbitMQ. */
function readPlain(response: Buffer): Claim {
  const separator = response.indexOf(0, 1)
  if (response[0] !== 0 || separator < 0 || response.indexOf(0, separator + 1) >= 0) throw invalid(response)
  return { user: response.toString('utf8', 1, separator), password: response.toString('utf8', separator + 1) }
}

/** The entries of a table without the length before them. */
function readAmqplain(response: Buffer): Claim {
  let user: string | undefined
  let password: string | undefined
  try {
    const table = decodeTable(response, 0, response.length)
    user = tableString(tableGet(table, 'LOGIN'))
    password = tableString(tableGet(table, 'PASSWORD'))
  } catch {
    throw invalid(response)
  }
  if (user === undefined || password === undefined) throw invalid(response)
  return { user, password }
}

/** The bytes are named without what may be a password. */
function invalid(response: Buffer): Fault {
  return new Fault('syntax-error', `response ${erlangBinary(response.subarray(0, 1))} invalid`)
}
