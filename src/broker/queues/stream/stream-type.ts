import type { QueueType } from '../../queue-type.ts'
import { describe } from '../../resource.ts'
import type { StreamLogs } from '../../stream-opening.ts'
import { streamRules, validateStream } from './stream-arguments.ts'
import { StreamQueue } from './stream-queue.ts'

/** The most that a log is trimmed by at a time. */
const TRIM_BYTES_MAX = 16 * 1024 * 1024

/** The queue type `stream`, whose logs are these. */
export function streamQueueType(logs: StreamLogs): QueueType {
  return {
    name: 'stream',
    validate: validateStream,
    create(options, context) {
      const { segmentBytes } = streamRules(options.arguments, options.policy)
      const description = describe('queue', options.name, options.vhost)
      const opened = logs.open(options.number, Math.min(segmentBytes, TRIM_BYTES_MAX), description)
      const remove = () => {
        // When the disk knows that there is no such stream any more. What fails then is the store's to report.
        const forgotten = context.store.flush()
        forgotten.then(() => logs.remove(options.number, opened)).catch(() => undefined)
      }
      return new StreamQueue(options, context, { opened, remove, indexAfterBytes: logs.bounds.indexAfterBytes })
    },
  }
}
