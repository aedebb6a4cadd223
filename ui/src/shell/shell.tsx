import type { ComponentType } from 'preact'
import { useEffect, useErrorBoundary, useRef, useState } from 'preact/hooks'
import { paused, reachable } from '../data/live.ts'
import { hasTag } from '../data/session.ts'
import { listenToBroker } from '../data/stream.ts'
import { duration } from '../format/times.ts'
import type { Page, PageProps } from '../pages/page.ts'
import { pages } from '../pages/table.ts'
import { href, location } from '../router/location.ts'
import { matchPath } from '../router/match.ts'
import { t } from '../strings/strings.ts'
import { Failure, Loading } from '../widgets/states.tsx'
import { Toasts } from '../widgets/toasts.tsx'
import { listenToKeys } from './keyboard.ts'
import { KeysDialog } from './keys-dialog.tsx'
import { Palette } from './palette.tsx'
import { Rail } from './rail.tsx'
import { TopBar } from './top-bar.tsx'

/** What surrounds every page. */
export function Shell() {
  useEffect(listenToKeys, [])
  useEffect(listenToBroker, [])
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        {t.shell.skip}
      </button>
      <TopBar />
      <Rail />
      <main id="content" class="content" tabindex={-1}>
        <StaleBanner />
        <CurrentPage />
      </main>
      <Toasts />
      <Palette />
      <KeysDialog />
    </div>
  )
}

function StaleBanner() {
  const { ok, since } = reachable.value
  if (ok) return paused.value ? <p class="banner quiet">{t.shell.pausedFor}</p> : null
  return (
    <p class="banner" role="alert">
      {t.shell.stale(duration(Date.now() - since))}
    </p>
  )
}

function currentPage(): { page: Page; params: Record<string, string> } | undefined {
  for (const page of pages) {
    const params = matchPath(page.path, location.value.path)
    if (params !== undefined) return { page, params }
  }
  return undefined
}

function CurrentPage() {
  const current = currentPage()
  const page = current?.page
  const key = location.value.path
  const first = useRef(true)
  useEffect(() => {
    const name = Object.values(current?.params ?? {}).at(-1)
    document.title = [name, page?.title, t.product].filter((part) => part !== undefined).join(' · ')
    if (!first.current) document.getElementById('content')?.focus({ preventScroll: false })
    first.current = false
  }, [key])
  if (current === undefined || page === undefined) {
    return (
      <div class="empty">
        <h1 class="empty-title">{t.shell.noPage}</h1>
        <a href={href([])}>{t.shell.toOverview}</a>
      </div>
    )
  }
  if (page.tag !== undefined && !hasTag(page.tag)) return <Failure status={401} reason={t.shell.notAllowed(page.tag)} />
  return <LoadedPage key={key} page={page} params={current.params} />
}

function LoadedPage({ page, params }: { readonly page: Page; readonly params: Record<string, string> }) {
  const [Component, setComponent] = useState<ComponentType<PageProps> | undefined>()
  const [problem, setProblem] = useState('')
  const [broken, tryAgain] = useErrorBoundary((error) => console.error(error))
  useEffect(() => {
    page.load().then(
      (loaded) => setComponent(() => loaded),
      (error: unknown) => setProblem(String(error)),
    )
  }, [page])
  if (broken !== undefined) return <Failure status={0} reason={String(broken)} retry={tryAgain} />
  if (problem !== '') return <Failure status={0} reason={problem} />
  return Component === undefined ? <Loading /> : <Component params={params} />
}
