import { useState } from 'preact/hooks'
import type { Queue } from '../../data/queue.ts'
import { deleteQueue, purgeQueue } from '../../data/queue-actions.ts'
import { href, navigate } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { copyText } from '../../widgets/copy-as.tsx'
import { EffectiveArguments } from './effective-arguments.tsx'

/** What applies to a queue, and its end. */
export function SettingsTab({ queue }: { readonly queue: Queue }) {
  const [doing, setDoing] = useState<'purge' | 'delete' | undefined>()
  const { messages = 0, messages_ready: ready = 0, consumers = 0, name, vhost } = queue
  const texts = t.queue.settings
  const { type, durable, auto_delete, arguments: given } = queue
  const definition = { name, vhost, durable, auto_delete, arguments: { 'x-queue-type': type, ...given } }
  return (
    <div class="columns two">
      <EffectiveArguments queue={queue} />
      <section class="card panel">
        <h2>{texts.declared}</h2>
        <pre class="code">{JSON.stringify(definition, null, 2)}</pre>
        <div class="inline-row">
          <Button icon="copy" onClick={() => copyText(JSON.stringify({ queues: [definition] }, null, 2))}>
            {texts.copyDefinition}
          </Button>
        </div>
      </section>
      <section class="card panel">
        <h2>{texts.danger}</h2>
        {type !== 'stream' && (
          <>
            <p>{texts.purgeLead}</p>
            <div class="inline-row">
              <Button kind="danger" disabled={ready === 0} onClick={() => setDoing('purge')}>
                {t.queues.purgeOne(ready, name)}
              </Button>
            </div>
          </>
        )}
        <p>{texts.deleteLead}</p>
        <div class="inline-row">
          <Button kind="danger" icon="trash" onClick={() => setDoing('delete')}>
            {t.queues.deleteOne(name, messages)}
          </Button>
        </div>
      </section>
      {doing === 'purge' && (
        <ConfirmDialog
          title={t.queues.purgeOne(ready, name)}
          action={purgeQueue(queue)}
          typed={name}
          onClose={() => setDoing(undefined)}
        >
          <p>{t.queues.purgeHint}</p>
        </ConfirmDialog>
      )}
      {doing === 'delete' && (
        <ConfirmDialog
          title={t.queues.deleteOne(name, messages)}
          action={deleteQueue(queue)}
          typed={messages > 0 ? name : undefined}
          onClose={() => setDoing(undefined)}
          onDone={() => navigate(href([type === 'stream' ? 'streams' : 'queues']))}
        >
          <p>{t.queues.deleteHint(consumers)}</p>
        </ConfirmDialog>
      )}
    </div>
  )
}
