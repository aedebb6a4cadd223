import type { Access } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'
import { PacketError } from '../../wire/mqtt/packet-error.ts'
import type { Connect } from '../../wire/mqtt/packets.ts'
import type { Properties } from '../../wire/mqtt/properties.ts'
import { ReasonCode } from '../../wire/mqtt/reason-codes.ts'
import type { Head } from './head.ts'
import { type Login, type LoginPort, logIn } from './login.ts'
import { isPossibleIdentifier, NEVER, Session } from './session.ts'
import { takeWill, willQueueName } from './will-queue.ts'

/** What the opening needs of its connection. */
export interface OpeningPort extends LoginPort {
  readonly head: Head
  /** Whether one more connection may be opened. */
  admits(): boolean
  /** Ends whoever else has the session, and resolves when it has let go of it. A will that waits counts unless it goes on. */
  claim(session: string, options: { readonly goesOn: boolean }): Promise<void>
  /** The connection is still there. */
  readonly alive: boolean
}

/** A client that has been let in. */
export interface Opened {
  readonly login: Login
  readonly session: Session
  readonly sessionPresent: boolean
  /** What CONNACK says beside that. */
  readonly properties: Properties
}

/** Carries a CONNECT out. Throws a PacketError with what CONNACK says instead. */
export async function open(port: OpeningPort, connect: Connect): Promise<Opened> {
  const { head } = port
  const clientIdentifier = identifierFor(port, connect)
  if (!port.admits()) throw new PacketError(ReasonCode.quotaExceeded, 'there are as many connections as there may be')
  const login = await logIn(port, connect, clientIdentifier)
  const access = await enter(port, login, clientIdentifier)
  try {
    checkWill(head, access, connect)
    await port.claim(sessionKey(login.vhost, clientIdentifier), { goesOn: !connect.cleanStart })
    await endWill(head, access, { clientIdentifier, goesOn: !connect.cleanStart })
    const expirySeconds = expiryFor(head, connect)
    const session = new Session({ head, access, clientIdentifier, expirySeconds })
    const sessionPresent = await session.begin(connect.cleanStart)
    if (!port.alive) throw new PacketError(ReasonCode.unspecifiedError, 'the client has gone')
    return { login, session, sessionPresent, properties: properties(head, connect, session) }
  } catch (error) {
    access.close()
    if (!(error instanceof Fault)) throw error
    const reason = error.kind === 'access-refused' ? ReasonCode.notAuthorized : ReasonCode.quotaExceeded
    throw new PacketError(reason, error.message)
  }
}

/** A will that waits for its delay is not published when its session goes on, and at once when that ends (MQTT 5 §3.1.3.2.2). */
async function endWill(
  { broker }: Head,
  access: Access,
  { clientIdentifier, goesOn }: { readonly clientIdentifier: string; readonly goesOn: boolean },
): Promise<void> {
  if (broker.virtualHost(access.vhost)?.queue(willQueueName(clientIdentifier)) === undefined) return
  const will = await takeWill(access, clientIdentifier)
  if (will !== undefined && !goesOn) access.publish(will)
}

/** What tells one session from all others. */
export function sessionKey(vhost: string, clientIdentifier: string): string {
  return `${vhost}\0${clientIdentifier}`
}

function identifierFor({ head }: OpeningPort, { level, clientIdentifier, cleanStart }: Connect): string {
  if (clientIdentifier === '') {
    if (level === 3 || (level === 4 && !cleanStart)) {
      throw new PacketError(ReasonCode.clientIdentifierNotValid, 'the client identifier is empty')
    }
    return `auto-${head.broker.random.bytes(16).toString('base64url')}`
  }
  if (isPossibleIdentifier(clientIdentifier)) return clientIdentifier
  throw new PacketError(ReasonCode.clientIdentifierNotValid, 'the client identifier cannot be part of a queue name')
}

async function enter({ head, owner }: OpeningPort, login: Login, clientIdentifier: string): Promise<Access> {
  const { user, vhost } = login
  try {
    return await head.broker.access(user, vhost, owner, { client_id: clientIdentifier })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const isThere = head.broker.virtualHost(vhost) !== undefined
    if (!isThere) throw new PacketError(ReasonCode.badUserNameOrPassword, error.message)
    const isLimit = /limit/.test(error.message)
    throw new PacketError(isLimit ? ReasonCode.quotaExceeded : ReasonCode.notAuthorized, error.message)
  }
}

function checkWill({ settings }: Head, _access: Access, { will }: Connect): void {
  if (will !== undefined && will.qos > settings.maximumQos && settings.maximumQos < 2) {
    throw new PacketError(ReasonCode.qosNotSupported, `the will has quality of service ${will.qos}`)
  }
}

/** Before MQTT 5 a session lasts as long as any may, or not at all. */
function expiryFor({ settings }: Head, { level, cleanStart, properties }: Connect): number {
  const max = settings.sessionExpirySecondsMax ?? NEVER
  if (level !== 5) return cleanStart ? 0 : max
  return Math.min(properties.sessionExpiryInterval ?? 0, max)
}

function properties({ settings }: Head, connect: Connect, session: Session): Properties {
  const { sessionExpiryInterval, authenticationMethod } = connect.properties
  const found: Properties = {
    maximumPacketSize: settings.packetBytesMaxAuthenticated,
    topicAliasMaximum: settings.topicAliasesMax,
  }
  if (settings.receiveMaximum < 0xffff) found.receiveMaximum = settings.receiveMaximum
  if (settings.maximumQos < 2) found.maximumQos = settings.maximumQos
  if (connect.clientIdentifier === '') found.assignedClientIdentifier = session.clientIdentifier
  if ((sessionExpiryInterval ?? 0) !== session.expirySeconds) found.sessionExpiryInterval = session.expirySeconds
  if (authenticationMethod !== undefined) found.authenticationMethod = authenticationMethod
  return found
}
