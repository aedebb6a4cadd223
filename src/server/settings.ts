import type { WebSecurity } from '../plugins/management/web-security.ts'
import type { AdministrationSettings } from './administration-settings.ts'
import type { CacheBackendSettings, HttpBackendSettings } from './auth-http-settings.ts'
import type { LdapBackendSettings } from './auth-ldap-settings.ts'
import type { OAuth2BackendSettings } from './auth-oauth2-settings.ts'
import type { DefinitionSourceSettings } from './definition-settings.ts'
import type { ArrivalSettings, ListenerSettings } from './listener-settings.ts'
import type { LogSettings } from './log-settings.ts'
import type { LoginSettings } from './login-settings.ts'
import type { MqttHeadSettings } from './mqtt-settings.ts'
import type { OpenTelemetryRows } from './opentelemetry-settings.ts'
import { type Assignment, type Problem, writeKey } from './rabbitmq-conf.ts'
import { type AnySettingRow, joinNames } from './setting-row.ts'
import { settingRows } from './setting-rows.ts'
import type { StompHeadSettings } from './stomp-settings.ts'
import type { TlsSettings } from './tls-settings.ts'
import type { VhostDefaultGroups } from './vhost-default-settings.ts'
import type { WebSocketsSettings } from './websocket-settings.ts'

/** Everything that can be set, as the server reads it; frozen. The rows in `setting-rows.ts` fill it. */
export interface Settings {
  /** One for each protocol that has a port of its own. */
  readonly listeners: readonly ListenerSettings[]
  readonly arrival: ArrivalSettings
  readonly tls: TlsSettings
  readonly login: LoginSettings
  readonly administration: AdministrationSettings
  /** Read at every start. */
  readonly definitions: DefinitionSourceSettings
  /** What new virtual hosts begin with. */
  readonly vhostDefaults: VhostDefaultGroups
  readonly authHttp: HttpBackendSettings
  readonly authCache: CacheBackendSettings
  readonly oauth2: OAuth2BackendSettings
  readonly ldap: LdapBackendSettings
  readonly defaultUser: string
  readonly defaultPassword: string
  readonly defaultVhost: string
  readonly defaultUserTags: readonly string[]
  readonly defaultPermissions: { readonly configure: string; readonly write: string; readonly read: string }
  readonly loopbackUsers: readonly string[]
  readonly authMechanisms: readonly string[]
  readonly anonymousUser: string | undefined
  readonly anonymousPassword: string
  readonly heartbeatSeconds: number
  readonly frameBytesMax: number
  readonly initialFrameBytesMax: number
  readonly channelsMax: number
  readonly consumersPerChannelMax: number | undefined
  readonly connectionsMax: number | undefined
  readonly handshakeTimeoutMilliseconds: number
  readonly messageBytesMax: number
  readonly consumerTimeoutMilliseconds: number | undefined
  readonly contentBytesInMemoryMax: number
  /** Of the machine, its container, or as the operator says. */
  readonly memoryBytesTotal: number
  /** Resident memory beyond which publishers are held up. */
  readonly memoryBytesMax: number
  /** Free bytes on the disk of the data directory below which they are. */
  readonly diskFreeBytesMin: number
  readonly clusterName: string | undefined
  readonly clusterTags: Readonly<Record<string, string>>
  readonly nodeTags: Readonly<Record<string, string>>
  /** `/rabbit`, under which the HTTP API is served; empty for none. */
  readonly managementPathPrefix: string
  readonly prometheusPath: string
  readonly prometheusPerObject: boolean
  readonly prometheusAuthenticates: boolean
  readonly prometheusUnsummedQueues: string | undefined
  readonly managementBodyBytesMax: number
  readonly managementSecurity: WebSecurity
  readonly openTelemetry: OpenTelemetryRows
  readonly mqtt: MqttHeadSettings
  readonly stomp: StompHeadSettings
  readonly webSockets: WebSocketsSettings
  readonly productName: string
  readonly productVersion: string
  readonly log: LogSettings
}

/** Settings while the rows fill them. */
export type SettingsDraft = Mutable<Omit<Settings, 'log'>> & { log: Mutable<LogSettings> }
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export interface ResolvedSettings {
  readonly settings: Settings
  /** Keys taken without effect, to be logged. */
  readonly warnings: readonly Problem[]
  readonly problems: readonly Problem[]
}

/** Turns assignments, the later ones winning, into settings. */
export async function resolveSettings(assignments: readonly Assignment[]): Promise<ResolvedSettings> {
  const warnings: Problem[] = []
  const problems: Problem[] = []
  const given = new Map<AnySettingRow, Map<string, unknown>>()
  for (const assignment of assignments) {
    const match = findRow(assignment.key)
    const key = writeKey(assignment.key)
    if (match === undefined) {
      const { acceptedBecause, nearestKey } = await import('./accepted-keys.ts')
      const because = acceptedBecause(assignment.key)
      if (because !== undefined)
        warnings.push({ source: assignment.source, text: `${key}: accepted, no effect here: ${because}` })
      else
        problems.push({
          source: assignment.source,
          text: unknownSetting(
            key,
            nearestKey(
              key,
              settingRows.map((row) => row.key),
            ),
          ),
        })
      continue
    }
    try {
      if (assignment.value.startsWith('encrypted:')) throw new Error('encrypted values are not read here')
      const values = given.get(match.row) ?? new Map<string, unknown>()
      given.set(match.row, values.set(match.name, match.row.kind.parse(assignment.value)))
    } catch (error) {
      problems.push({ source: assignment.source, text: `${key}: ${(error as Error).message}` })
    }
  }
  return { settings: fill(given), warnings, problems }
}

function unknownSetting(key: string, nearest: string | undefined): string {
  return `there is no setting '${key}'${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`
}

function fill(given: ReadonlyMap<AnySettingRow, Map<string, unknown>>): Settings {
  const draft = { log: { categoryFiles: new Map() } } as unknown as SettingsDraft
  for (const row of settingRows) row.apply(draft, given.get(row) ?? row.defaults())
  Object.freeze(draft.log)
  return Object.freeze(draft)
}

/** The row a key belongs to, and what stands for its `$name` (empty where it has none, joined where it has several). */
export function findRow(key: readonly string[]): { row: AnySettingRow; name: string } | undefined {
  for (const row of settingRows) {
    if (row.words.length !== key.length) continue
    const names: string[] = []
    const matches = row.words.every((word, index) => {
      if (!word.startsWith('$')) return word === key[index]
      names.push(key[index]!)
      return row.names?.includes(key[index]!) ?? true
    })
    if (matches) return { row, name: joinNames(names) }
  }
  return undefined
}
