import { signal } from '@preact/signals'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

interface Toast {
  readonly id: number
  readonly kind: 'ok' | 'error'
  readonly text: string
}

const SHOWN_MILLISECONDS = 6000
const toasts = signal<readonly Toast[]>([])
let lastId = 0

/** Tells in the corner what was done; what failed stays until it is closed. */
export function toast(kind: Toast['kind'], text: string): void {
  const id = ++lastId
  toasts.value = [...toasts.value.slice(-3), { id, kind, text }]
  if (kind === 'ok') setTimeout(() => dismiss(id), SHOWN_MILLISECONDS)
}

function dismiss(id: number): void {
  toasts.value = toasts.value.filter((one) => one.id !== id)
}

/** Where they appear. */
export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, kind, text }) => (
        <div key={id} class={`toast ${kind}`}>
          <Icon name={kind} />
          <p>{text}</p>
          <Button kind="quiet" icon="close" label={t.actions.close} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  )
}
