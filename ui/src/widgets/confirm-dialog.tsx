import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { Action } from '../data/action.ts'
import { refresh } from '../data/live.ts'
import { ask } from '../data/request.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { CopyAs } from './copy-as.tsx'
import { Dialog } from './dialog.tsx'
import { toast } from './toasts.tsx'

const LEAVE_MILLISECONDS = 50

interface ConfirmDialogProps {
  /** A verb and its object with numbers: `Purge 31,188 messages from orders.eu`. */
  readonly title: string
  readonly action: Action
  /** Must be typed before anything happens; nothing by default. */
  readonly typed?: string | undefined
  /** Whether what it needs was filled in. */
  readonly ready?: boolean
  readonly wide?: boolean
  /** Whether something is lost. */
  readonly danger?: boolean
  readonly children?: ComponentChildren
  /** What is told when it is done; the title by default. */
  readonly done?: string
  onClose(): void
  onDone?(answer: unknown): void
}

/** Says what will happen, asks for it to be meant, and does it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, action, typed, danger = true, ready = true, wide = false, children, done, onClose, onDone } = props
  const [name, setName] = useState('')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState('')
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    setBusy(true)
    try {
      const answer = await ask(action.method, action.path, action.body, undefined, action.headers)
      toast('ok', done ?? title)
      onClose()
      onDone?.(answer)
      // After the page of what was deleted has been left.
      setTimeout(refresh, LEAVE_MILLISECONDS)
    } catch (error) {
      setProblem(`${t.actions.failed}: ${error instanceof Error ? error.message : String(error)}`)
      setBusy(false)
    }
  }
  return (
    <Dialog title={title} wide={wide} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        {children}
        {typed !== undefined && (
          <label>
            <span>{t.actions.typeName(typed)}</span>
            <input
              class="mono"
              autocomplete="off"
              spellcheck={false}
              autofocus
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
        )}
        <p class="problem" role="alert">
          {problem}
        </p>
        <div class="dialog-foot">
          <CopyAs action={action} />
          <Button onClick={onClose}>{t.actions.cancel}</Button>
          <Button
            kind={danger ? 'danger' : 'primary'}
            submit
            disabled={busy || !ready || (typed !== undefined && name !== typed)}
          >
            {title}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
