import type { Broker } from '../../broker/broker.ts'
import type { Node } from '../../plugin.ts'
import { Jobs } from './jobs/jobs.ts'
import { LiveUpdates } from './live/live-updates.ts'
import { Monitor } from './statistics/monitor.ts'
import type { Surroundings } from './surroundings.ts'

/** What lives as long as the HTTP API does. */
export interface OpenSurroundings extends Surroundings {
  close(): void
}

/** What they are to know beside the broker. */
export interface SurroundingOptions extends Pick<Surroundings, 'oauth'> {
  readonly onError: (error: Error, what: string) => void
}

export function openSurroundings(broker: Broker, node: Node, { onError, oauth }: SurroundingOptions): OpenSurroundings {
  const monitor = new Monitor(broker, node)
  const live = new LiveUpdates(broker, node)
  const jobs = new Jobs(broker.clock, onError)
  return {
    ...{ broker, node, monitor, live, jobs, oauth },
    close() {
      jobs.close()
      live.close()
      monitor.close()
    },
  }
}
