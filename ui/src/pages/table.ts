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
]
