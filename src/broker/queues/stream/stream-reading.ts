import type { Message } from '../../message.ts'
import type { StreamLog } from './stream-log.ts'

/** Read at a time. */
const READ_BYTES = 256 * 1024

/** The messages of a stream that are on disk, from an offset on; what is damaged is passed over. */
export async function* messagesFrom(
  log: StreamLog,
  from: number,
): AsyncGenerator<{ readonly offset: number; readonly message: Message }> {
  let next = Math.max(from, log.firstOffset)
  let position = log.locate(next)
  while (next < log.committed) {
    const read = await log.read(position, READ_BYTES)
    if (read.chunks.length === 0) return
    position = read.next
    for (const chunk of read.chunks) {
      for (next = Math.max(next, chunk.firstOffset); next < chunk.end && next < log.committed; next++) {
        yield { offset: next, message: chunk.message(next) }
      }
    }
  }
}
