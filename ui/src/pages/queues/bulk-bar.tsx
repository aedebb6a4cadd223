import { useRef, useState } from 'preact/hooks'
import type { Queue } from '../../data/queue.ts'
import { forQueues } from '../../data/queue-actions.ts'
import { ask } from '../../data/request.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { JobDialog } from '../../widgets/job-dialog.tsx'
import type { ListPage } from '../../widgets/server-list.tsx'

interface BulkBarProps {
  readonly page: ListPage<Queue>
  /** The path that lists all queues that fit, without a page. */
  readonly everything: string
  readonly selected: ReadonlySet<string>
  keyOf(queue: Queue): string
  onSelect(keys: Iterable<string>): void
}

type Doing = 'purge' | 'delete' | 'pause' | 'resume'

/** What can be done to the queues that are selected. */
export function BulkBar({ page, everything, selected, keyOf, onSelect }: BulkBarProps) {
  const known = useRef(new Map<string, Queue>())
  const [doing, setDoing] = useState<Doing | undefined>()
  for (const queue of page.items) known.current.set(keyOf(queue), queue)
  const queues = [...selected].flatMap((key) => known.current.get(key) ?? [])
  const messages = queues.reduce((sum, queue) => sum + (queue.messages ?? 0), 0)
  const texts = t.queues
  if (queues.length === 0 && doing === undefined) return null
  const close = (finished: boolean) => {
    setDoing(undefined)
    if (finished) onSelect([])
  }
  const selectAll = async () => {
    const all = await ask<readonly Queue[]>('GET', everything)
    for (const queue of all) known.current.set(keyOf(queue), queue)
    onSelect(all.map(keyOf))
  }
  const titles: Record<Doing, string> = {
    purge: texts.purgeOf(messages, queues.length),
    delete: texts.deleteOf(queues.length, messages),
    pause: texts.pauseOf(queues.length),
    resume: texts.resumeOf(queues.length),
  }
  const isLossy = doing === 'purge' || doing === 'delete'
  return (
    <div class="bulk-bar" role="toolbar" aria-label={texts.selected(queues.length)}>
      <strong>{texts.selected(queues.length)}</strong>
      {queues.length < page.filtered_count && (
        <Button kind="quiet" onClick={() => void selectAll()}>
          {texts.selectAll(page.filtered_count)}
        </Button>
      )}
      <Button kind="quiet" onClick={() => onSelect([])}>
        {texts.clear}
      </Button>
      <span class="spacer" />
      <Button icon="pause" onClick={() => setDoing('pause')}>
        {texts.pause}
      </Button>
      <Button icon="play" onClick={() => setDoing('resume')}>
        {texts.resume}
      </Button>
      <Button kind="danger" onClick={() => setDoing('purge')}>
        {texts.purge}
      </Button>
      <Button kind="danger" icon="trash" onClick={() => setDoing('delete')}>
        {texts.delete}
      </Button>
      {doing !== undefined && (
        <JobDialog
          title={titles[doing]}
          action={forQueues(doing, queues)}
          danger={isLossy}
          typed={isLossy && messages > 0 ? String(queues.length) : undefined}
          onClose={close}
        >
          <ul class="names">
            {queues.slice(0, 100).map((queue) => (
              <li key={keyOf(queue)}>{keyOf(queue)}</li>
            ))}
          </ul>
        </JobDialog>
      )}
    </div>
  )
}
