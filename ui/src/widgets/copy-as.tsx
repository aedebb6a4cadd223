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

/** What a button is about to do, for scripts. */
export function CopyAs({ action }: { readonly action: Action }) {
  const cli = cliOf(action)
  return (
    <span class="copy-as">
      <Button kind="quiet" icon="copy" onClick={() => copyText(curlOf(action, session.value.user?.name ?? ''))}>
        {t.actions.curl}
      </Button>
      {cli !== undefined && (
        <Button kind="quiet" icon="copy" onClick={() => copyText(cli)}>
          {t.actions.cli}
        </Button>
      )}
    </span>
  )
}
