import type { NodeCertificate, Protocol } from '../plugin.ts'
import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { ListenAddress } from './conf-value.ts'
import { PendingArrivals } from './listener-arrival.ts'
import { TrustedProxies } from './listener-proxy.ts'
import type { ListenerSettings } from './listener-settings.ts'
import type { TlsDoor } from './listener-tls.ts'
import { type Listener, openListener } from './listeners.ts'
import type { Settings } from './settings.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

/** Every listener the settings ask for. */
export interface ListenerSet {
  readonly all: readonly Listener[]
  /** Those shown over TLS now. */
  readonly certificates: readonly NodeCertificate[]
  close(): Promise<void>
}

export interface ListenerSetOptions {
  readonly settings: Pick<Settings, 'listeners' | 'arrival' | 'tls' | 'handshakeTimeoutMilliseconds'>
  /** Heads by name. */
  readonly protocols: ReadonlyMap<string, Protocol>
  readonly clock: Clock
  readonly logger: Logger
}

/** Opens them one after the other; when one cannot be, those before it are closed. Throws a StartRefusal. */
export async function openListeners(options: ListenerSetOptions): Promise<ListenerSet> {
  const { settings, clock, logger } = options
  const { arrival, handshakeTimeoutMilliseconds } = settings
  const tls = settings.listeners.some((listener) => listener.tls.length > 0) ? await openTls(options) : undefined
  const proxies = new TrustedProxies(arrival.trustedProxies)
  const common = {
    proxyMilliseconds: handshakeTimeoutMilliseconds,
    tlsMilliseconds: arrival.tlsHandshakeMilliseconds,
    pending: new PendingArrivals(arrival.pendingMax),
    clock,
    logger,
  }
  const all: Listener[] = []
  const close = async (): Promise<void> => {
    await Promise.all(all.map((listener) => listener.close()))
    tls?.close()
  }
  const open = async (listener: ListenerSettings, address: ListenAddress, door: TlsDoor | undefined): Promise<void> => {
    const protocol = options.protocols.get(listener.protocol)
    if (protocol === undefined) {
      const key = door === undefined ? listener.keys.tcp : listener.keys.tls
      throw new StartRefusal(ExitCode.config, `no plug-in speaks ${listener.title}, which ${key} needs`)
    }
    const trusted = listener.proxyProtocol ? proxies : undefined
    all.push(await openListener({ ...common, address, protocol, socket: listener.socket, proxies: trusted, tls: door }))
  }
  try {
    for (const listener of settings.listeners) {
      for (const address of listener.tcp) await open(listener, address, undefined)
      for (const address of listener.tls) await open(listener, address, tls?.door)
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    all,
    close,
    get certificates() {
      return tls?.certificates() ?? []
    },
  }
}

interface OpenedTls {
  readonly door: TlsDoor
  certificates(): readonly NodeCertificate[]
  close(): void
}

/** Loaded only where TLS is spoken. */
async function openTls({ settings, clock, logger }: ListenerSetOptions): Promise<OpenedTls> {
  const [{ TlsCredentials }, { TlsDoor }] = await Promise.all([
    import('./tls-credentials.ts'),
    import('./listener-tls.ts'),
  ])
  const credentials = await TlsCredentials.open(settings.tls, { clock, logger })
  const door = new TlsDoor(credentials)
  return {
    door,
    certificates: () => credentials.certificates,
    close: () => {
      credentials.close()
      door.close()
    },
  }
}
