import { admin } from './en/admin.ts'
import { clients } from './en/clients.ts'
import { events } from './en/events.ts'
import { exchanges } from './en/exchanges.ts'
import { operation } from './en/operation.ts'
import { overview } from './en/overview.ts'
import { queue } from './en/queue.ts'
import { queues } from './en/queues.ts'
import { shell } from './en/shell.ts'
import { streams } from './en/streams.ts'
import { tail } from './en/tail.ts'
import { topology } from './en/topology.ts'

/** All texts in English; a section for each page. Texts that depend on numbers are functions. */
export const en = {
  ...shell,
  admin,
  clients,
  events,
  exchanges,
  operation,
  overview,
  queue,
  queues,
  streams,
  tail,
  topology,
} as const
