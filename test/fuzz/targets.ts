import { mqttPackets } from './mqtt-targets.ts'
import { stompFrames } from './stomp-targets.ts'
import { journalRecords, snapshotFiles } from './store-targets.ts'
import type { FuzzTarget } from './target.ts'
import { configuration, namePatterns } from './text-targets.ts'
import { webSocketFrames } from './websocket-targets.ts'
import { contentHeaders, fieldTables, frames, methods, proxyHeaders } from './wire-targets.ts'

/** Everything that reads what it did not write itself; a new reader is a new row. */
export const fuzzTargets: readonly FuzzTarget[] = [
  frames,
  methods,
  fieldTables,
  contentHeaders,
  proxyHeaders,
  mqttPackets,
  stompFrames,
  webSocketFrames,
  configuration,
  namePatterns,
  journalRecords,
  snapshotFiles,
]
