import { useRef, useState } from 'preact/hooks'
import type { Queue } from '../../data/queue.ts'
import { deleteQueue, purgeQueue } from '../../data/queue-actions.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { JobDialog } from '../../widgets/job-dialog.tsx'
import type { ListPage } from '../../widgets/server-list.tsx'

interface BulkBarProps {
  readonly page: ListPage<Queue>
  readonly selected: ReadonlySet<string>
  keyOf(queue: Queue): string
  onClear(): void
}

/** What can be done to the queues that are selected. */
export function BulkBar({ page, selected, keyOf, onClear }: BulkBarProps) {
  const known = useRef(new Map<string, Queue>())
  const [doing, setDoing] = useState<'purge' | 'delete' | undefined>()
  for (const queue of page.items) known.current.set(keyOf(queue), queue)
  const queues = [...selected].flatMap((key) => known.current.get(key) ?? [])
  const messages = queues.reduce((sum, queue) => sum + (queue.messages ?? 0), 0)
  const texts = t.queues
  if (queues.length === 0 && doing === undefined) return null
  const close = (finished: boolean) => {
    setDoing(undefined)
    if (finished) onClear()
  }
  const act = doing === 'delete' ? deleteQueue : purgeQueue
  return (
    <div class="bulk-bar" role="toolbar" aria-label={texts.selected(queues.length)}>
      <strong>{texts.selected(queues.length)}</strong>
      <Button kind="danger" onClick={() => setDoing('purge')}>
        {texts.purge}
      </Button>
      <Button kind="danger" icon="trash" onClick={() => setDoing('delete')}>
        {texts.delete}
      </Button>
      <Button kind="quiet" onClick={onClear}>
        {texts.clear}
      </Button>
      {doing !== undefined && (
        <JobDialog
          title={doing === 'purge' ? texts.purgeOf(messages, queues.length) : texts.deleteOf(queues.length, messages)}
          tasks={queues.map((queue) => ({ name: keyOf(queue), action: act(queue) }))}
          typed={messages > 0 ? String(queues.length) : undefined}
          onClose={close}
        />
      )}
    </div>
  )
}
