import type { BrokerEvent, EventProperties } from '../../../broker/events.ts'
import { hasLevel, type User } from '../../../broker/user.ts'

/** What live events are asked for by, beside the figures. */
export const eventTopics = ['topology', 'connections', 'definitions', 'users'] as const
export type EventTopic = (typeof eventTopics)[number]

/** Who looks on, and at which virtual hosts they may look. */
export interface Onlooker {
  readonly user: User
  sees(vhost: string): boolean
}

/** Which events belong to a topic, who may see them, and which of their properties; the first row that fits counts. */
interface EventRow {
  readonly type: RegExp
  readonly topic: EventTopic
  /** Properties that are told; all when absent. Values of parameters hold passwords, so they are not. */
  readonly properties?: readonly string[]
  isVisible(onlooker: Onlooker, properties: EventProperties): boolean
}

const named = ['name', 'vhost', 'component', 'user_who_performed_action'] as const

const rows: readonly EventRow[] = [
  { type: /^(queue|exchange|binding)\./, topic: 'topology', isVisible: inVhost('vhost') },
  { type: /^vhost\.(created|updated|deleted)$/, topic: 'topology', isVisible: inVhost('name') },
  { type: /^(connection|channel|consumer)\./, topic: 'connections', isVisible: own },
  { type: /^(operator\.)?policy\./, topic: 'definitions', properties: named, isVisible: policymaker },
  { type: /^parameter\./, topic: 'definitions', properties: named, isVisible: policymaker },
  { type: /^vhost\.limits\./, topic: 'definitions', isVisible: inVhost('vhost') },
  {
    type: /^(user|permission|topic\.permission)\./,
    topic: 'users',
    isVisible: ({ user }) => hasLevel(user, 'administrator'),
  },
]

/** The topic of an event, if it is one of those that are told. */
export function topicOf(type: string): EventTopic | undefined {
  return rowOf(type)?.topic
}

/** What of an event somebody may see; undefined for none of it. */
export function visibleEvent({ type, time, properties }: BrokerEvent, onlooker: Onlooker): object | undefined {
  const row = rowOf(type)
  if (row === undefined || !row.isVisible(onlooker, properties)) return undefined
  const told = row.properties ?? Object.keys(properties)
  return { event: type, time, ...Object.fromEntries(told.map((name) => [name, properties[name]])) }
}

/** Whose rights it changes, if it does: who is told things by what they were has to log in again. */
export function changesRightsOf({ type, properties }: BrokerEvent): string | undefined {
  if (/^(topic\.)?permission\./.test(type)) return String(properties.user)
  return /^user\.(deleted|tags|password)/.test(type) ? String(properties.name) : undefined
}

function rowOf(type: string): EventRow | undefined {
  return rows.find((row) => row.type.test(type))
}

function inVhost(property: string): EventRow['isVisible'] {
  return (onlooker, properties) => onlooker.sees(String(properties[property]))
}

/** One's own connections, and for who watches over the broker all of them. */
function own({ user }: Onlooker, properties: EventProperties): boolean {
  return hasLevel(user, 'monitoring') || properties.user_who_performed_action === user.name
}

/** Global ones have no virtual host. */
function policymaker(onlooker: Onlooker, { vhost }: EventProperties): boolean {
  return hasLevel(onlooker.user, 'policymaker') && (vhost === undefined || onlooker.sees(String(vhost)))
}
