import type { Peer } from '../../broker/access.ts'
import { internalActor } from '../../broker/administration/actor.ts'
import type { AuthenticatedUser } from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import type { Owner } from '../../broker/queue.ts'
import type { SocketPeer } from '../../plugin.ts'
import type { JsonValue } from '../../std/json.ts'
import { PacketError } from '../../wire/mqtt/packet-error.ts'
import type { Connect } from '../../wire/mqtt/packets.ts'
import { ReasonCode } from '../../wire/mqtt/reason-codes.ts'
import { loginProperties } from '../client-events.ts'
import { eventProtocol } from './connection-report.ts'
import type { Head } from './head.ts'

/** Who a client says it is, and how that was learnt. */
interface Claim {
  readonly user: string
  readonly password: string | undefined
  readonly mechanism: string
}

/** Whom a client has logged in as, and where. */
export interface Login {
  readonly user: AuthenticatedUser
  readonly vhost: string
  readonly mechanism: string
}

export interface LoginPort {
  readonly head: Head
  readonly owner: Owner
  readonly peer: Peer
  readonly socketPeer: SocketPeer
  /** Asks the client for the data of its authentication method. */
  challenge(method: string): Promise<Buffer>
}

/** Finds out who a client is and which virtual host it means. Throws a PacketError with what CONNACK says. */
export async function logIn(port: LoginPort, connect: Connect, clientIdentifier: string): Promise<Login> {
  const { head, peer } = port
  const claim = await claimOf(port, connect)
  const place = await placeOf(port, claim.user)
  checkIdentifier(port, clientIdentifier)
  try {
    const context = { vhost: place.vhost, client_id: clientIdentifier, protocol: 'mqtt' }
    const told = () =>
      loginProperties(port.socketPeer, {
        connectionName: port.owner.name,
        protocol: eventProtocol(connect.level, port.socketPeer),
        mechanism: claim.mechanism,
      })
    const user = await head.broker.authenticate({ user: place.user, password: claim.password, peer, context, told })
    return { user, vhost: place.vhost, mechanism: claim.mechanism }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new PacketError(ReasonCode.badUserNameOrPassword, `login refused: ${error.message}`)
  }
}

async function claimOf(port: LoginPort, { userName, password, properties }: Connect): Promise<Claim> {
  const { head, socketPeer } = port
  const { settings, mechanisms } = head
  const { authenticationMethod, authenticationData } = properties
  if (authenticationMethod !== undefined) {
    return await enhanced(port, authenticationMethod, authenticationData)
  }
  if (userName !== undefined || password !== undefined) {
    if (password === undefined) throw new PacketError(ReasonCode.badUserNameOrPassword, 'there is no password')
    return { user: userName ?? '', password: password.toString(), mechanism: 'PLAIN' }
  }
  const external = settings.certificateLogin ? mechanisms.get('EXTERNAL') : undefined
  if (external !== undefined && socketPeer.tls?.certificate !== undefined) {
    return { ...readResponse(() => external.credentials(Buffer.alloc(0), socketPeer)), mechanism: 'EXTERNAL' }
  }
  if (settings.allowAnonymous && settings.anonymousUser !== undefined) {
    return { user: settings.anonymousUser, password: settings.anonymousPassword, mechanism: 'ANONYMOUS' }
  }
  throw new PacketError(ReasonCode.badUserNameOrPassword, 'login refused: anonymous connections are not allowed')
}

/** Enhanced authentication (MQTT 5 §4.12): the SASL mechanisms there are, each with its one response. */
async function enhanced(port: LoginPort, method: string, data: Buffer | undefined): Promise<Claim> {
  const { head, socketPeer } = port
  const mechanism = head.mechanisms.get(method)
  if (method !== 'PLAIN' && mechanism?.isOffered(socketPeer) !== true) {
    throw new PacketError(ReasonCode.badAuthenticationMethod, `there is no authentication method '${method}'`)
  }
  const response = data ?? (await port.challenge(method))
  if (method === 'PLAIN') return { ...readPlain(response), mechanism: method }
  return { ...readResponse(() => mechanism!.credentials(response, socketPeer)), mechanism: method }
}

/** `\0user\0password` (RFC 4616). Throws a PacketError. */
export function readPlain(response: Buffer): { readonly user: string; readonly password: string } {
  const separator = response.indexOf(0, 1)
  if (response[0] !== 0 || separator < 0 || response.indexOf(0, separator + 1) >= 0) {
    throw new PacketError(ReasonCode.badUserNameOrPassword, 'the data of PLAIN is not of its form')
  }
  return { user: response.toString('utf8', 1, separator), password: response.toString('utf8', separator + 1) }
}

function readResponse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new PacketError(ReasonCode.badUserNameOrPassword, error.message)
  }
}

/** The virtual host: by the certificate, by the port, as `vhost:user`, or the default one; in RabbitMQ's order. */
async function placeOf(
  { head, socketPeer }: LoginPort,
  name: string,
): Promise<{ readonly vhost: string; readonly user: string }> {
  const { globalParameters } = head.broker.administration
  const parameter = async (key: string): Promise<JsonValue | undefined> =>
    await globalParameters.get(internalActor('mqtt'), key)
  const separator = name.lastIndexOf(':')
  const named = separator < 0 ? undefined : { vhost: name.slice(0, separator), user: name.slice(separator + 1) }
  const { tls, localPort } = socketPeer
  const subject = tls?.certificate?.subject
  if (subject !== undefined) {
    const vhost = mapped(await parameter('mqtt_default_vhosts'), subject)
    if (vhost !== undefined) return { vhost, user: name }
  } else if (named !== undefined) return named
  const vhost = mapped(await parameter('mqtt_port_to_vhost_mapping'), String(localPort))
  if (vhost !== undefined) return { vhost, user: name }
  return named ?? { vhost: head.settings.vhost, user: name }
}

function mapped(value: JsonValue | undefined, key: string): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const found = Object.hasOwn(value, key) ? (value as Readonly<Record<string, JsonValue>>)[key] : undefined
  return typeof found === 'string' ? found : undefined
}

/** Where the settings say so, a client has to be called what its certificate says. */
function checkIdentifier({ head, socketPeer }: LoginPort, clientIdentifier: string): void {
  const { clientIdentifierFrom } = head.settings
  const certificate = socketPeer.tls?.certificate
  if (clientIdentifierFrom === undefined || certificate === undefined) return
  const names = {
    distinguished_name: [certificate.subject],
    common_name: certificate.commonNames,
    subject_alternative_name: certificate.alternativeNames.map(({ value }) => value),
  }[clientIdentifierFrom]
  if (names.includes(clientIdentifier)) return
  throw new PacketError(
    ReasonCode.clientIdentifierNotValid,
    `the client identifier '${clientIdentifier}' is not that of the certificate`,
  )
}
