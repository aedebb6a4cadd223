import { type Action, cliOf, curlOf } from '../data/action.ts'
import { session } from '../data/session.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { toast } from './toasts.tsx'

/** Puts a text on the clipboard and says so. */
export function copyText(text: string): void {
  navigator.clipboard.writeText(text).then(
    () => toast('ok', t.actions.copied),
    (error: unknown) => toast('error', String(error)),
  )
}

/** What a button is about to do, for scripts; a line for each of several. */
export function CopyAs({ action }: { readonly action: Action | readonly Action[] }) {
  const actions = 'path' in action ? [action] : action
  const commands = actions.flatMap((one) => cliOf(one) ?? [])
  const user = session.value.user?.name ?? ''
  return (
    <span class="copy-as">
      <Button kind="quiet" icon="copy" onClick={() => copyText(actions.map((one) => curlOf(one, user)).join('\n'))}>
        {t.actions.curl}
      </Button>
      {commands.length > 0 && (
        <Button kind="quiet" icon="copy" onClick={() => copyText(commands.join('\n'))}>
          {t.actions.cli}
        </Button>
      )}
    </span>
  )
}
