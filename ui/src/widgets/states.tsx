import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Live } from '../data/live.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

const PATIENCE_MILLISECONDS = 300

/** Says that something is on its way, when that takes long enough to be noticed. */
export function Loading() {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), PATIENCE_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div class="loading" role="status">
      {late && t.states.loading}
    </div>
  )
}

/** What a list says when there is nothing in it: what it would show, and how to get something there. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}

/** Why something is not shown, and a way to try again. */
export function Failure({ status, reason, retry }: { status: number; reason: string; retry?: () => void }) {
  const title = status === 401 || status === 403 ? t.states.denied : status === 404 ? t.states.gone : t.states.failed
  return (
    <div class="failure" role="alert">
      <Icon name="error" />
      <p>
        <strong>{title}</strong> {reason}
      </p>
      {retry !== undefined && <Button onClick={retry}>{t.states.retry}</Button>}
    </div>
  )
}

/** Shows what came, or that it is on its way, or why it does not come. */
export function Show<T>({ live, children }: { live: Live<T>; children: (data: T) => ComponentChildren }) {
  const data = live.data.value
  const error = live.error.value
  if (data !== undefined && (error === undefined || error.status === 0)) return <>{children(data)}</>
  if (error !== undefined) return <Failure status={error.status} reason={error.message} retry={live.reload} />
  return <Loading />
}
