import {
  flag,
  integer,
  type ListenAddress,
  listenAddress,
  listenAddressOrNone,
  listenPort,
  type NetworkRange,
  network,
  text,
  word,
} from './conf-value.ts'
import { type AnySettingRow, setting, settingFamily } from './setting-row.ts'

/** Where and how one protocol is listened for. */
export interface ListenerSettings {
  /** The head's name, as `Protocol.name`. */
  readonly protocol: string
  /** What it is called in messages. */
  readonly title: string
  /** The keys that set its addresses: `listeners.tcp`, `listeners.ssl`. */
  readonly keys: { readonly tcp: string; readonly tls: string }
  readonly tcp: readonly ListenAddress[]
  readonly tls: readonly ListenAddress[]
  /** Every connection begins with a header of the PROXY protocol. */
  readonly proxyProtocol: boolean
  readonly socket: SocketSettings
}

/** What is set on every socket of a listener. */
export interface SocketSettings {
  /** Connections the system keeps waiting to be accepted. */
  readonly backlog: number
  readonly noDelay: boolean
  readonly keepAlive: boolean
}

/** Limits on what comes before a protocol: PROXY header and TLS handshake. */
export interface ArrivalSettings {
  /** Who may send a header of the PROXY protocol. */
  readonly trustedProxies: readonly NetworkRange[]
  readonly tlsHandshakeMilliseconds: number
  /** Connections that may be in front of their protocol at a time. */
  readonly pendingMax: number
}

/** How `rabbitmq.conf` names the listeners of one protocol. A head that comes with a port of its own adds its line. */
interface ListenerFamily {
  readonly protocol: string
  readonly title: string
  /** Before `.tcp.$name` and `.ssl.$name`. */
  readonly addresses: string
  /** Before `proxy_protocol` and `tcp_listen_options`; empty, or with its dot. */
  readonly options: string
  /** Port that is open unless set otherwise; undefined for none. */
  readonly port: string | undefined
  /**
   * One address of each kind, said as `.tcp.port` and `.tcp.ip`, instead of any number of `.tcp.$name`; of WebSockets
   * also as `.tcp.listener`, and with a `.tcp.backlog` of their own.
   */
  readonly single?: 'web-application' | 'websocket'
}

const families: readonly ListenerFamily[] = [
  { protocol: 'amqp', title: 'AMQP 0-9-1', addresses: 'listeners', options: '', port: '5672' },
  { protocol: 'mqtt', title: 'MQTT', addresses: 'mqtt.listeners', options: 'mqtt.', port: '1883' },
  { protocol: 'stomp', title: 'STOMP', addresses: 'stomp.listeners', options: 'stomp.', port: '61613' },
  {
    protocol: 'http',
    title: 'the HTTP API',
    addresses: 'management',
    options: 'management.',
    port: '15672',
    single: 'web-application',
  },
  {
    protocol: 'http/prometheus',
    title: 'the metrics for Prometheus',
    addresses: 'prometheus',
    options: 'prometheus.',
    port: '15692',
    single: 'web-application',
  },
  ...webSockets('web_mqtt', 'Web MQTT', 'http/web-mqtt', '15675'),
  ...webSockets('web_stomp', 'Web STOMP', 'http/web-stomp', '15674'),
  ...webSockets('lapine.web_amqp', 'AMQP 0-9-1 over WebSocket', 'http/web-amqp', undefined),
]

/** A protocol that comes in WebSockets. */
function webSockets(addresses: string, title: string, protocol: string, port: string | undefined): ListenerFamily[] {
  return [{ protocol, title, addresses, options: `${addresses}.`, port, single: 'websocket' }]
}

/** Networks nobody from the Internet can come from: a proxy that is trusted unless the settings say who is. */
const privateNetworks = [
  ...['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16'],
  ...['::1', 'fc00::/7', 'fe80::/10'],
]

export const listenerRows: readonly AnySettingRow[] = families.flatMap(rowsOf)

/** What comes before a protocol, the same for all of them. */
export const arrivalRows: readonly AnySettingRow[] = [
  settingFamily(
    'lapine.trusted_proxies.$n',
    network,
    {
      meaning:
        'Addresses or networks that may send a PROXY protocol header; loopback and private networks when none is given.',
    },
    (draft, values) => {
      const trustedProxies = values.size > 0 ? [...values.values()] : privateNetworks.map((text) => network.parse(text))
      draft.arrival = { ...draft.arrival, trustedProxies }
    },
  ),
  setting(
    'ssl_handshake_timeout',
    integer(1, 2 ** 31),
    { default: '5000', meaning: 'Milliseconds a TLS handshake may take.' },
    (draft, value) => {
      draft.arrival = { ...draft.arrival, tlsHandshakeMilliseconds: value! }
    },
  ),
  setting(
    'lapine.pending_handshakes_max',
    integer(1, 2 ** 31),
    {
      default: '1024',
      meaning: 'Connections that may be at their PROXY header or TLS handshake at a time; further ones are closed.',
    },
    (draft, value) => {
      draft.arrival = { ...draft.arrival, pendingMax: value! }
    },
  ),
]

function rowsOf(family: ListenerFamily): AnySettingRow[] {
  const { protocol, title, addresses, options } = family
  const keys = { tcp: `${addresses}.tcp`, tls: `${addresses}.ssl` }
  const change: Change = (draft, changes) => {
    const listeners = draft.listeners ?? []
    const before = listeners.find((listener) => listener.protocol === protocol)
    const base = before ?? { protocol, title, keys, ...closed }
    draft.listeners = [...listeners.filter((listener) => listener !== before), { ...base, ...changes(base) }]
  }
  if (family.single === 'web-application') {
    return [...singleRows(family, keys, change), ...optionRows(title, options, change)]
  }
  if (family.single === 'websocket') {
    const older = family.addresses === 'web_stomp' ? [portRow('web_stomp.port', family, change)] : []
    return [...singleRows(family, keys, change), ...older, ...webSocketRows(family, keys, change)]
  }
  const addressRows = (['tcp', 'tls'] as const).flatMap((transport) => [
    settingFamily(
      `${keys[transport]}.$name`,
      listenAddress,
      {
        ...(transport === 'tcp' && family.port !== undefined ? { defaults: { default: family.port } } : {}),
        meaning: `Where ${title} is accepted${transport === 'tls' ? ' over TLS' : ''}: a port on every interface, or \`address:port\`.`,
      },
      (draft, values) => change(draft, () => ({ [transport]: [...values.values()] })),
    ),
    setting(
      keys[transport],
      word('none'),
      { meaning: `\`none\`: no ${transport === 'tcp' ? 'TCP' : 'TLS'} listener at all.` },
      (draft, value) => {
        if (value === 'none') change(draft, () => ({ [transport]: [] }))
      },
    ),
  ])
  return [...addressRows, ...optionRows(title, options, change)]
}

/** `$key.port`, where 0 takes any and `none` no listener is meant, and `$key.ip`. */
function singleRows(family: ListenerFamily, keys: ListenerSettings['keys'], change: Change): AnySettingRow[] {
  return (['tcp', 'tls'] as const).flatMap((transport) => [
    setting(
      `${keys[transport]}.port`,
      listenPort,
      {
        ...(transport === 'tcp' && family.port !== undefined ? { default: family.port } : {}),
        meaning: `Port ${family.title} is served on${transport === 'tls' ? ' over TLS' : ''}; \`none\` for nowhere.`,
      },
      (draft, port) => {
        if (port !== undefined)
          change(draft, () => ({ [transport]: port === 'none' ? [] : [{ host: undefined, port }] }))
      },
    ),
    setting(
      `${keys[transport]}.ip`,
      text,
      { meaning: `Address ${family.title} is served on; every interface by default.` },
      (draft, host) => {
        if (host !== undefined) {
          change(draft, (before) => ({ [transport]: before[transport].map(({ port }) => ({ host, port })) }))
        }
      },
    ),
  ])
}

/** The list is not there before the first row has been applied. */
type ListenersDraft = { listeners?: readonly ListenerSettings[] }
type Change = (draft: ListenersDraft, changes: (before: ListenerSettings) => Partial<ListenerSettings>) => void

/** An older name for the port. */
function portRow(key: string, { title }: ListenerFamily, change: Change): AnySettingRow {
  return setting(key, listenPort, { meaning: `Port ${title} is served on, by an older name.` }, (draft, port) => {
    if (port !== undefined) change(draft, () => ({ tcp: port === 'none' ? [] : [{ host: undefined, port }] }))
  })
}

/** What is said of WebSockets alone: `.tcp.listener`, an address with its port, and fewer options. */
function webSocketRows({ title, addresses, options }: ListenerFamily, keys: ListenerSettings['keys'], change: Change) {
  const listeners = (['tcp', 'tls'] as const).map((transport) =>
    setting(
      `${keys[transport]}.listener`,
      listenAddressOrNone,
      {
        meaning: `Where ${title} is served${transport === 'tls' ? ' over TLS' : ''}, as \`address:port\`; \`none\` for nowhere.`,
      },
      (draft, address) => {
        if (address !== undefined) change(draft, () => ({ [transport]: address === 'none' ? [] : [address] }))
      },
    ),
  )
  return [...listeners, proxyRow(title, options, change), backlogRow(`${addresses}.tcp.backlog`, change)]
}

function proxyRow(title: string, prefix: string, change: Change): AnySettingRow {
  return setting(
    `${prefix}proxy_protocol`,
    flag,
    {
      default: 'false',
      meaning: `Every ${title} connection comes through a proxy that sends a PROXY protocol header.`,
    },
    (draft, value) => change(draft, () => ({ proxyProtocol: value! })),
  )
}

function backlogRow(key: string, change: Change): AnySettingRow {
  return setting(
    key,
    integer(1, 65535),
    { default: '511', meaning: 'Connections the system keeps waiting to be accepted.' },
    (draft, value) => change(draft, ({ socket }) => ({ socket: { ...socket, backlog: value! } })),
  )
}

function optionRows(title: string, prefix: string, change: Change): AnySettingRow[] {
  const set = (draft: ListenersDraft, changes: Partial<SocketSettings>): void =>
    change(draft, (before) => ({ socket: { ...before.socket, ...changes } }))
  return [
    proxyRow(title, prefix, change),
    backlogRow(`${prefix}tcp_listen_options.backlog`, change),
    setting(
      `${prefix}tcp_listen_options.nodelay`,
      flag,
      { default: 'true', meaning: 'Small writes go out at once (TCP_NODELAY).' },
      (draft, value) => set(draft, { noDelay: value! }),
    ),
    setting(
      `${prefix}tcp_listen_options.keepalive`,
      flag,
      { default: 'false', meaning: 'The system probes idle connections (SO_KEEPALIVE).' },
      (draft, value) => set(draft, { keepAlive: value! }),
    ),
  ]
}

const closed = {
  tcp: [],
  tls: [],
  proxyProtocol: false,
  socket: { backlog: 511, noDelay: true, keepAlive: false },
} satisfies Partial<ListenerSettings>
