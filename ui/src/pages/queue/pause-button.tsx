import { useState } from 'preact/hooks'
import type { Queue } from '../../data/queue.ts'
import { pauseQueue } from '../../data/queue-actions.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'

/** Stops the deliveries of a queue, or lets them go on. */
export function PauseButton({ queue }: { readonly queue: Queue }) {
  const [asking, setAsking] = useState(false)
  const verb = queue.state === 'paused' ? 'resume' : 'pause'
  const title = t.queue.pausing[verb](queue.name)
  return (
    <>
      <Button icon={verb === 'pause' ? 'pause' : 'play'} onClick={() => setAsking(true)}>
        {verb === 'pause' ? t.queues.pause : t.queues.resume}
      </Button>
      {asking && (
        <ConfirmDialog title={title} action={pauseQueue(queue, verb)} danger={false} onClose={() => setAsking(false)}>
          <p>{t.queue.pausing.hints[verb]}</p>
        </ConfirmDialog>
      )}
    </>
  )
}
