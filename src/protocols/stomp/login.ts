import type { Access, Peer } from '../../broker/access.ts'
import type { AuthenticatedUser } from '../../broker/authenticator.ts'
import { Fault } from '../../broker/fault.ts'
import type { Owner } from '../../broker/queue.ts'
import type { SocketPeer } from '../../plugin.ts'
import { headerOf, type StompFrame, type StompVersion } from '../../wire/stomp/frame.ts'
import type { Head } from './head.ts'
import { Refusal } from './refusal.ts'

/** What the login needs of its connection. */
export interface LoginPort {
  readonly head: Head
  readonly peer: Peer
  readonly socketPeer: SocketPeer
  readonly owner: Owner
  /** Whether one more connection may be opened. */
  admits(): boolean
}

/** A client that has been let in. */
export interface Login {
  readonly access: Access
  readonly mechanism: string
}

interface Claim {
  readonly user: string
  readonly password: string | undefined
  readonly mechanism: string
}

const versions: readonly StompVersion[] = ['1.2', '1.1', '1.0']

/** The highest version that both sides speak. A client that names none speaks 1.0. Throws a Refusal. */
export function versionFor(frame: StompFrame): StompVersion {
  const accepted = (headerOf(frame, 'accept-version') ?? '1.0').split(',').map((version) => version.trim())
  const found = versions.find((version) => accepted.includes(version))
  if (found !== undefined) return found
  throw new Refusal('Version mismatch', 'Supported versions are 1.0,1.1,1.2\n')
}

/** Lets a client in by what its CONNECT says; undefined for one that goes without. Throws a Refusal. */
export async function logIn(port: LoginPort, frame: StompFrame | undefined): Promise<Login> {
  const { head, peer, owner } = port
  const vhost = (frame === undefined ? undefined : headerOf(frame, 'host')) ?? head.settings.vhost
  const claim = claimOf(port, frame)
  if (!port.admits()) throw refused('connection refused: node connection limit is reached')
  let user: AuthenticatedUser
  try {
    const { password } = claim
    user = await head.broker.authenticate({ user: claim.user, password, peer, context: { vhost } })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    const isRemote = /loopback|localhost/.test(error.message)
    throw refused(isRemote ? 'non-loopback access denied' : `Access refused for user '${claim.user}'`)
  }
  try {
    const access = await head.broker.access(user, vhost, owner)
    return { access, mechanism: claim.mechanism }
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new Refusal(
      'Bad CONNECT',
      /limit/.test(error.message) ? error.message : `Virtual host '${vhost}' access denied`,
    )
  }
}

function claimOf({ head, socketPeer }: LoginPort, frame: StompFrame | undefined): Claim {
  const { settings, mechanisms } = head
  if (socketPeer.credentials !== undefined) return { ...socketPeer.credentials, mechanism: 'PLAIN' }
  const login = frame === undefined ? undefined : headerOf(frame, 'login')
  const passcode = frame === undefined ? undefined : headerOf(frame, 'passcode')
  const external = settings.certificateLogin ? mechanisms.get('EXTERNAL') : undefined
  if (external !== undefined && socketPeer.tls?.certificate !== undefined && login === undefined) {
    try {
      return { ...external.credentials(Buffer.alloc(0), socketPeer), mechanism: 'EXTERNAL' }
    } catch (error) {
      if (error instanceof Fault) throw refused('the certificate is no login')
      throw error
    }
  }
  if (login === undefined) return { user: settings.defaultUser, password: settings.defaultPassword, mechanism: 'PLAIN' }
  return { user: login, password: passcode ?? settings.defaultPassword, mechanism: 'PLAIN' }
}

function refused(detail: string): Refusal {
  return new Refusal('Bad CONNECT', `${detail}\n`)
}
