import { useState } from 'preact/hooks'
import type { BrowsedMessage } from '../../data/message.ts'
import type { Queue } from '../../data/queue.ts'
import { type MessageTarget, withMessages } from '../../data/queue-actions.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { JobDialog } from '../../widgets/job-dialog.tsx'
import { TargetFields } from './target-fields.tsx'

interface MessageActionsProps {
  readonly queue: Queue
  /** Which messages are meant; all when undefined. */
  readonly chosen: readonly BrowsedMessage[] | undefined
  onDone(): void
}

type Verb = 'replay' | 'move' | 'copy' | 'delete-messages'

/** What can be done to messages that wait: to those selected, to those that fit the filter, or to all. */
export function MessageActions({ queue, chosen, onDone }: MessageActionsProps) {
  const [verb, setVerb] = useState<Verb | undefined>()
  const [target, setTarget] = useState<MessageTarget | undefined>()
  const texts = t.queue.act
  const count = chosen?.length ?? queue.messages_ready ?? 0
  const isStream = queue.type === 'stream'
  const needsTarget = verb === 'move' || verb === 'copy'
  const sequences = chosen?.map(({ sequence }) => sequence)
  const action =
    verb === undefined || (needsTarget && target === undefined)
      ? undefined
      : withMessages(verb, queue, sequences, needsTarget ? target : undefined)
  const close = (finished: boolean) => {
    setVerb(undefined)
    if (finished) onDone()
  }
  const verbs: readonly Verb[] = isStream ? ['copy'] : ['replay', 'move', 'copy', 'delete-messages']
  return (
    <div class="inline-row" role="toolbar" aria-label={texts.what(count)}>
      <span class="dim">{chosen === undefined ? texts.all(count) : texts.what(count)}</span>
      {verbs.map((one) => (
        <Button
          key={one}
          kind={one === 'delete-messages' ? 'danger' : 'plain'}
          disabled={count === 0}
          onClick={() => setVerb(one)}
        >
          {texts.verbs[one]}
        </Button>
      ))}
      {verb !== undefined && (
        <JobDialog
          title={texts.titles[verb](count)}
          action={action}
          danger={verb === 'delete-messages'}
          typed={verb === 'delete-messages' ? queue.name : undefined}
          onClose={close}
        >
          <p>{texts.hints[verb]}</p>
          {needsTarget && <TargetFields vhost={queue.vhost} onChange={setTarget} />}
        </JobDialog>
      )}
    </div>
  )
}
