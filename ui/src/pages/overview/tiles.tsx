import type { ComponentChildren } from 'preact'
import { overviewNow } from '../../data/stream.ts'
import { bytes, count, rate } from '../../format/numbers.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Tile } from '../../widgets/tile.tsx'

/** The numbers one looks at first. */
export function Tiles() {
  const now = overviewNow.value
  const { tiles } = t.overview
  const node = now?.node
  const link = (segment: string, text: ComponentChildren) => <a href={href([segment])}>{text}</a>
  return (
    <section class="tiles" aria-label={t.overview.title}>
      <Tile title={tiles.publish} value={rate(now?.rates.publish)} />
      <Tile title={tiles.deliver} value={rate(now?.rates.deliver_get)} />
      <Tile title={tiles.ack} value={rate(now?.rates.ack)} />
      <Tile title={tiles.ready} value={link('queues', count(now?.messages_ready))} />
      <Tile title={tiles.unacked} value={link('queues', count(now?.messages_unacknowledged))} />
      <Tile title={tiles.connections} value={link('connections', count(now?.connections))} />
      {node !== undefined && (
        <>
          <Tile
            title={tiles.memory}
            value={bytes(node.mem_used)}
            note={tiles.limit(bytes(node.mem_limit))}
            part={(node.mem_used ?? 0) / (node.mem_limit || 1)}
          />
          {node.disk_free !== 0 && (
            <Tile title={tiles.disk} value={bytes(node.disk_free)} note={tiles.least(bytes(node.disk_free_limit))} />
          )}
        </>
      )}
    </section>
  )
}
