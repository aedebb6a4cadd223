/** What permissions, faults and events speak of. */
export type ResourceKind = 'queue' | 'exchange'

/** `queue 'NAME' in vhost 'VHOST'`, the way RabbitMQ's replies name a thing. */
export function describe(kind: ResourceKind, name: string, vhost: string): string {
  return `${kind} '${name}' in vhost '${vhost}'`
}
