import { t } from '../strings/strings.ts'
import type { Page } from './page.ts'

/** All pages; the rail and the command palette derive from it. The first that matches an address is shown. */
export const pages: readonly Page[] = [
  {
    path: '/',
    title: t.pages.overview,
    rail: { icon: 'overview', key: 'o' },
    load: () => import('./overview/overview-page.tsx').then(({ OverviewPage }) => OverviewPage),
  },
  {
    path: '/queues',
    title: t.pages.queues,
    rail: { icon: 'queue', key: 'q' },
    load: () => import('./queues/queues-page.tsx').then(({ QueuesPage }) => QueuesPage),
  },
  {
    path: '/queues/:vhost/:queue',
    title: t.pages.queue,
    load: () => import('./queue/queue-page.tsx').then(({ QueuePage }) => QueuePage),
  },
  {
    path: '/streams',
    title: t.pages.streams,
    rail: { icon: 'stream', key: 's' },
    load: () => import('./streams/streams-page.tsx').then(({ StreamsPage }) => StreamsPage),
  },
  {
    path: '/streams/:vhost/:queue',
    title: t.pages.stream,
    load: () => import('./queue/queue-page.tsx').then(({ QueuePage }) => QueuePage),
  },
  {
    path: '/exchanges',
    title: t.pages.exchanges,
    rail: { icon: 'exchange', key: 'e' },
    load: () => import('./exchanges/exchanges-page.tsx').then(({ ExchangesPage }) => ExchangesPage),
  },
  {
    path: '/exchanges/:vhost/:exchange',
    title: t.pages.exchange,
    load: () => import('./exchange/exchange-page.tsx').then(({ ExchangePage }) => ExchangePage),
  },
  {
    path: '/topology',
    title: t.pages.topology,
    rail: { icon: 'topology', key: 'y' },
    load: () => import('./topology/topology-page.tsx').then(({ TopologyPage }) => TopologyPage),
  },
  {
    path: '/tail',
    title: t.pages.tail,
    rail: { icon: 'tail', key: 't' },
    tag: 'monitoring',
    load: () => import('./tail/tail-page.tsx').then(({ TailPage }) => TailPage),
  },
  {
    path: '/events',
    title: t.pages.events,
    rail: { icon: 'bell', key: 'v' },
    load: () => import('./events/events-page.tsx').then(({ EventsPage }) => EventsPage),
  },
  {
    path: '/connections',
    title: t.pages.connections,
    rail: { icon: 'connection', key: 'c' },
    load: () => import('./connections/connections-page.tsx').then(({ ConnectionsPage }) => ConnectionsPage),
  },
  {
    path: '/connections/:connection',
    title: t.pages.connection,
    load: () => import('./connection/connection-page.tsx').then(({ ConnectionPage }) => ConnectionPage),
  },
  {
    path: '/channels',
    title: t.pages.channels,
    rail: { icon: 'channel', key: 'h' },
    load: () => import('./channels/channels-page.tsx').then(({ ChannelsPage }) => ChannelsPage),
  },
  {
    path: '/channels/:channel',
    title: t.pages.channel,
    load: () => import('./channels/channel-page.tsx').then(({ ChannelPage }) => ChannelPage),
  },
  {
    path: '/consumers',
    title: t.pages.consumers,
    rail: { icon: 'consumer', key: 'u' },
    load: () => import('./consumers/consumers-page.tsx').then(({ ConsumersPage }) => ConsumersPage),
  },
  {
    path: '/admin/users',
    title: t.admin.users.title,
    rail: { icon: 'user', key: 'a', group: 'admin' },
    tag: 'administrator',
    load: () => import('./users/users-page.tsx').then(({ UsersPage }) => UsersPage),
  },
  {
    path: '/admin/users/:user',
    title: t.admin.users.title,
    tag: 'administrator',
    load: () => import('./user/user-page.tsx').then(({ UserPage }) => UserPage),
  },
  {
    path: '/admin/vhosts',
    title: t.admin.vhosts.title,
    rail: { icon: 'vhost', key: 'w', group: 'admin' },
    tag: 'administrator',
    load: () => import('./vhosts/vhosts-page.tsx').then(({ VhostsPage }) => VhostsPage),
  },
  {
    path: '/admin/vhosts/:vhost',
    title: t.admin.vhosts.title,
    tag: 'administrator',
    load: () => import('./vhost/vhost-page.tsx').then(({ VhostPage }) => VhostPage),
  },
  {
    path: '/admin/policies',
    title: t.admin.policies.title,
    rail: { icon: 'policy', key: 'p', group: 'admin' },
    tag: 'policymaker',
    load: () => import('./policies/policies-page.tsx').then(({ PoliciesPage }) => PoliciesPage),
  },
  {
    path: '/admin/definitions',
    title: t.operation.definitions.title,
    rail: { icon: 'file', key: 'd', group: 'admin' },
    tag: 'administrator',
    load: () => import('./definitions/definitions-page.tsx').then(({ DefinitionsPage }) => DefinitionsPage),
  },
  {
    path: '/admin/audit',
    title: t.operation.audit.title,
    rail: { icon: 'log', key: 'l', group: 'admin' },
    tag: 'administrator',
    load: () => import('./audit/audit-page.tsx').then(({ AuditPage }) => AuditPage),
  },
  {
    path: '/admin/cluster',
    title: t.operation.broker.title,
    rail: { icon: 'admin', key: 'b', group: 'admin' },
    tag: 'monitoring',
    load: () => import('./broker/broker-page.tsx').then(({ BrokerPage }) => BrokerPage),
  },
]
