import type { Broker } from '../../broker/broker.ts'
import type { Node } from '../../plugin.ts'
import type { Jobs } from './jobs/jobs.ts'
import type { LiveUpdates } from './live/live-updates.ts'
import type { Monitor } from './statistics/monitor.ts'
import type { WebSecurity } from './web-security.ts'

/** What routes look at and act on. */
export interface Surroundings {
  readonly broker: Broker
  readonly node: Node
  readonly monitor: Monitor
  readonly live: LiveUpdates
  readonly jobs: Jobs
  /** What the login page is to know. */
  readonly oauth: WebSecurity['oauth']
}
