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
]
