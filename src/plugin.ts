import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Authenticator, Credentials } from './broker/authenticator.ts'
import type { Broker } from './broker/broker.ts'
import type { ConnectionInfo } from './broker/connection-info.ts'
import type { ExchangeType } from './broker/exchange-type.ts'
import type { ParameterKind } from './broker/parameters.ts'
import type { PolicyKey } from './broker/policies/policy-key.ts'
import type { QueueType } from './broker/queue-type.ts'
import type { JsonObject } from './std/json.ts'
import type { Logger } from './std/logger.ts'

/**
 * The one door for whatever is not the core: protocol heads, exchange types and, later, every
 * other extension point. Built-ins come in by it too.
 */
export interface Plugin<Settings = undefined> {
  readonly name: string
  readonly requires?: readonly string[]
  start(host: Host, settings: Settings): void | Promise<void>
}

export interface Host {
  readonly broker: Broker
  readonly logger: Logger
  readonly node: Node
  /** SASL mechanisms that plug-ins add, by name. It changes as they come and go: ask it for each login. */
  readonly mechanisms: ReadonlyMap<string, SaslMechanism>
  /** Heads by name, as they come and go. */
  readonly protocols: ReadonlyMap<string, Protocol>
  /** Who takes WebSockets at the HTTP API; undefined for nobody. */
  readonly upgrader: Upgrader | undefined
  /** Adds an extension; the host takes it back when the plug-in stops. */
  add<P extends keyof Extensions>(point: P, extension: Extensions[P]): void
  /** Runs when the broker stops, in reverse order of start. */
  onStop(dispose: () => void | Promise<void>): void
}

/** The extension points. */
export interface Extensions {
  protocol: Protocol
  upgrader: Upgrader
  exchangeType: ExchangeType
  queueType: QueueType
  authenticator: Authenticator
  mechanism: SaslMechanism
  parameterKind: ParameterKind
  policyKey: PolicyKey
}

/** A way to say who one is beyond those that every head knows (PLAIN, ANONYMOUS). Heads offer it where `auth_mechanisms` names it. */
export interface SaslMechanism {
  /** `EXTERNAL`. */
  readonly name: string
  isOffered(peer: SocketPeer): boolean
  /** Whom a client's one response stands for. Throws a Fault('access-refused') whose text is for the log. */
  credentials(response: Buffer, peer: SocketPeer): Pick<Credentials, 'user' | 'password'>
}

/** Both ends of an accepted connection (as the proxy saw them, where one is trusted), and what protects it. */
export interface SocketPeer {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly loopback: boolean
  /** Undefined without TLS. */
  readonly tls: TlsSession | undefined
  /** Came by the socket in the data directory, which only who owns the data may open: needs no password. */
  readonly owner?: true
  /** What it says comes in a WebSocket. */
  readonly webSocket?: true
  /** Who it is has been said before the protocol began, and counts instead of what is said in it. */
  readonly credentials?: { readonly user: string; readonly password: string }
}

/** Takes over connections to the HTTP API whose request asks for a WebSocket. */
export interface Upgrader {
  /** `head` came behind the request. Must never throw. */
  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, peer: SocketPeer): void
}

/** What a TLS handshake agreed on. */
export interface TlsSession {
  /** `TLSv1.3`. */
  readonly version: string
  /** OpenSSL's name: `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string
  /** Certificates of clients are asked for and verified at this listener. */
  readonly verifiesPeer: boolean
  /** The client's, verified; undefined when it showed none. Read when asked for. */
  readonly certificate: PeerCertificate | undefined
}

/** A client's certificate, which an authority trusted here has issued and whose key the client has. */
export interface PeerCertificate {
  /** RFC 4514, as RabbitMQ writes it: `CN=ann,OU=Sales,O=Example`. */
  readonly subject: string
  readonly issuer: string
  /** Every CN of the subject. */
  readonly commonNames: readonly string[]
  readonly alternativeNames: readonly AlternativeName[]
  /** Milliseconds since the epoch. */
  readonly validFrom: number
  readonly validTo: number
}

/** One of a certificate's alternative names. The types are those of `ssl_cert_login_san_type`. */
export interface AlternativeName {
  readonly type: 'dns' | 'ip' | 'email' | 'uri' | 'other_name'
  readonly value: string
}

/** A protocol head. */
export interface Protocol {
  /** `amqp`, as in `listeners.tcp`. */
  readonly name: string
  /** It may be given a `ByteStream` of protocols/byte-stream.ts, which emits no `data`. */
  readonly readsBytes?: boolean
  /** Takes over an accepted stream; must never throw. */
  accept(stream: Duplex, peer: SocketPeer): void
  /** Ends every connection, saying `reason` where the protocol can; resolves when all are gone. */
  close(reason: string): Promise<void>
  /** Connections open now. */
  readonly connectionCount: number
  /** Those that have logged in. */
  connections(): Iterable<ProtocolConnection>
}

/** An open connection of a head, as operators see it. */
export interface ProtocolConnection extends ConnectionInfo {
  readonly peer: SocketPeer
  /** Ends it without a word, as a network does that breaks. Absent where a head cannot. */
  cut?(): void
}

/** A socket the node listens on. */
export interface NodeListener {
  /** As RabbitMQ names it: `amqp`, `amqp/ssl`, `http`, … */
  readonly protocol: string
  readonly address: string
  readonly port: number
  readonly tls: boolean
}

/** A certificate of the node's own. */
export interface NodeCertificate {
  /** The setting that names it. */
  readonly setting: string
  /** Milliseconds since the epoch. */
  readonly validTo: number
}

/** Bytes the process takes, and what they are taken by. */
export interface NodeMemory {
  readonly rss: number
  readonly heapTotal: number
  readonly heapUsed: number
  /** Outside the heap, with the buffers. */
  readonly external: number
  readonly arrayBuffers: number
}

/** How late the event loop comes to what is due, watched while somebody wants to know. */
export interface EventLoopWatch {
  /** Milliseconds, since the last call. */
  take(): { readonly mean: number; readonly max: number }
  stop(): void
}

/** The node around the broker, as operators are told of it. Listeners and plug-ins are there once all have started. */
export interface Node {
  /** `rabbit@host`. */
  readonly name: string
  readonly clusterName: string
  /** What operators have tagged it with. */
  readonly clusterTags: Readonly<Record<string, string>>
  readonly tags: Readonly<Record<string, string>>
  /** The version of RabbitMQ whose behaviour is spoken; tools compare it. */
  readonly rabbitVersion: string
  readonly productName: string
  readonly productVersion: string
  readonly plugins: readonly string[]
  /** Wall-clock milliseconds. */
  readonly startedAt: number
  readonly memoryBytesMax: number
  readonly diskFreeBytesMin: number
  readonly processId: number
  readonly processors: number
  /** Memory the process takes. */
  readonly residentBytes: number
  /** Versions of what it runs on. */
  readonly runtime: { readonly node: string; readonly v8: string; readonly openssl: string }
  /** How that memory is divided, in bytes. */
  readonly memory: NodeMemory
  /** Descriptors open now, and how many may be; 0 where the system does not say. */
  readonly openFiles: number
  readonly openFilesMax: number
  readonly contextSwitches: number
  /** Undefined where nothing is kept on a disk. */
  readonly diskFreeBytes: number | undefined
  readonly dataDirectory: string | undefined
  readonly configurationFiles: readonly string[]
  /** Paths and streams that are logged to. */
  readonly logDestinations: readonly string[]
  /** SASL mechanisms that are offered. */
  readonly authMechanisms: readonly string[]
  /** Those TLS listeners show. */
  readonly certificates: readonly NodeCertificate[]
  readonly listeners: readonly NodeListener[]
  /** To be stopped. */
  watchEventLoop(): EventLoopWatch
  /** Milliseconds that a few small writes took to be on disk; none where nothing is kept on one. */
  measureSync(): Promise<readonly number[]>
  /** Undefined where the node is part of another program, which is its master. */
  readonly control: NodeControl | undefined
  connections(): Iterable<ProtocolConnection>
}

/** What operators may do to the running node itself. */
export interface NodeControl {
  /** Bytes of memory beyond which, and of free disk below which, publishers wait, until the next start. */
  setLimits(limits: { readonly memory?: ResourceLimit; readonly disk?: ResourceLimit }): Promise<void>
  /** Of one category or of all, until the next start. Throws a Fault for a level or category that is none. */
  setLogLevel(level: string, category: string | undefined): void
  /** Opens log files anew, so that what was moved away is no longer written to. */
  reopenLogs(): Promise<void>
  /** Client listeners accept no more; those who are connected stay. */
  suspendListeners(): Promise<void>
  resumeListeners(): Promise<void>
  /** Reads the configuration again. Rejects with a Fault when it is wrong; then nothing changes. */
  reload(): Promise<ReloadOutcome>
  /** What is set and has no effect, and why. */
  readonly warnings: readonly string[]
  /** Everything that is set, without secrets. */
  readonly settings: JsonObject
  readonly pluginsFile: string | undefined
  readonly pluginCatalogue: readonly PluginDescription[]
  /** Writes the file of enabled plug-ins, which the next start reads. Throws a Fault for a name that is none. */
  enablePlugins(names: readonly string[]): void
  /** Closes everything but the control socket, soon after this returns. False where there is no such socket to come back by. */
  stopApplication(): boolean
  /** Ends the process, soon after this returns. */
  stop(): void
}

/** A size, or a share of the machine's memory. */
export type ResourceLimit = { readonly bytes: number } | { readonly ofMemory: number }

/** The keys that changed: those in effect now, and those the next start brings. */
export interface ReloadOutcome {
  readonly applied: readonly string[]
  readonly waiting: readonly string[]
}

/** A plug-in of RabbitMQ or of Lapine, as `rabbitmq-plugins` lists it. */
export interface PluginDescription {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly dependencies: readonly string[]
  /** Asked for by the file of enabled plug-ins, or by default. */
  readonly enabled: boolean
  readonly running: boolean
}
