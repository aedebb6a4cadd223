import { useState } from 'preact/hooks'
import { carryOut } from '../../data/action.ts'
import { closeConnection } from '../../data/connection.ts'
import { ApiError } from '../../data/request.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { CopyAs } from '../../widgets/copy-as.tsx'
import { Dialog } from '../../widgets/dialog.tsx'
import { toast } from '../../widgets/toasts.tsx'

interface CloseDialogProps {
  readonly names: readonly string[]
  onClose(finished: boolean): void
}

/** Closes connections, one after the other; asks for the reason that clients are told. */
export function CloseDialog({ names, onClose }: CloseDialogProps) {
  const texts = t.clients
  const [reason, setReason] = useState('')
  const [done, setDone] = useState<number | undefined>()
  const [problems, setProblems] = useState<readonly string[]>([])
  const told = reason.trim() === '' ? texts.closeReasonDefault : reason.trim()
  const title = names.length === 1 ? texts.closeOne(names[0]!) : texts.closeMany(names.length)
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    const failed: string[] = []
    for (const [n, name] of names.entries()) {
      setDone(n)
      try {
        await carryOut(closeConnection(name, told))
      } catch (error) {
        // Who went by himself needs no closing.
        if (!(error instanceof ApiError && error.status === 404)) failed.push(`${name}: ${String(error)}`)
      }
    }
    setDone(undefined)
    setProblems(failed)
    if (failed.length > 0) return
    toast('ok', texts.closed(names.length))
    onClose(true)
  }
  return (
    <Dialog title={title} onClose={() => onClose(false)}>
      <form onSubmit={(event) => void submit(event)}>
        <p>{texts.closeLead}</p>
        {names.length > 1 && (
          <ul class="names">
            {names.slice(0, 100).map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        )}
        <label>
          <span>{texts.closeReason}</span>
          <input
            autofocus
            placeholder={texts.closeReasonDefault}
            value={reason}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {done !== undefined && <progress max={names.length} value={done} aria-label={title} />}
        <p class="problem" role="alert">
          {problems.join('\n')}
        </p>
        <div class="dialog-foot">
          <CopyAs action={names.map((name) => closeConnection(name, told))} />
          <Button onClick={() => onClose(false)}>{t.actions.cancel}</Button>
          <Button kind="danger" submit disabled={done !== undefined}>
            {title}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
