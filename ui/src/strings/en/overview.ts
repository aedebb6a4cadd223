import { plural } from './shell.ts'

/** Texts of the overview. */
export const overview = {
  title: 'Overview',
  fine: 'Nothing needs your attention.',
  problems: (errors: number, warnings: number) =>
    [errors > 0 ? plural(errors, 'problem') : '', warnings > 0 ? plural(warnings, 'warning') : '']
      .filter((text) => text !== '')
      .join(', '),
  facts: (queues: number, connections: number, consumers: number) =>
    `${plural(queues, 'queue')}, ${plural(connections, 'connection')}, ${plural(consumers, 'consumer')}.`,
  findings: 'Findings',
  tiles: {
    publish: 'Published /s',
    deliver: 'Delivered /s',
    ack: 'Acknowledged /s',
    ready: 'Ready',
    unacked: 'Unacked',
    connections: 'Connections',
    memory: 'Memory',
    disk: 'Disk free',
    limit: (limit: string) => `limit ${limit}`,
    least: (limit: string) => `at least ${limit}`,
  },
  charts: {
    depth: 'Messages in queues',
    ready: 'Ready',
    unacked: 'Unacked',
    total: 'Total',
    rates: 'Messages per second',
    publish: 'Published',
    deliver: 'Delivered',
    ack: 'Acknowledged',
    redeliver: 'Redelivered',
    unroutable: 'Unroutable',
    churn: 'Connections and channels per second',
    opened: 'Connections opened',
    closed: 'Connections closed',
    channels: 'Channels opened',
    memory: 'Memory of the process',
    used: 'Resident',
    delay: 'Delay of the event loop',
    mean: 'Mean, ms',
  },
  top: {
    deepest: 'Deepest queues',
    growing: 'Growing fastest',
    waiting: 'Waiting without a consumer',
    redelivered: 'Most redelivered',
    none: 'None',
    perSecond: '/s',
  },
  nodes: 'Nodes',
  nodeColumns: {
    name: 'Name',
    version: 'Version',
    uptime: 'Uptime',
    memory: 'Memory',
    disk: 'Disk free',
    files: 'Open files',
    runtime: 'Runtime',
  },
  listeners: 'Listeners',
  listenerColumns: { protocol: 'Protocol', address: 'Address', url: 'URL' },
  connect: 'Connect a client',
  language: 'Language',
  snippet: 'Code that connects',
} as const
