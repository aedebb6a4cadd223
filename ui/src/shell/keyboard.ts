import { paused } from '../data/live.ts'
import { pages } from '../pages/table.ts'
import { href, navigate } from '../router/location.ts'
import { openKeys } from './keys-dialog.tsx'
import { openPalette } from './palette.tsx'
import { theme, themes } from './theme.ts'

/** How long `g` waits for the key that says where to. */
const PAIR_MILLISECONDS = 1500

/** Listens to keys that mean the same on every page; answers how to stop. */
export function listenToKeys(): () => void {
  let goUntil = 0
  const listen = (event: KeyboardEvent) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault()
      return openPalette()
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return
    if (Date.now() < goUntil) {
      goUntil = 0
      const page = pages.find(({ rail }) => rail?.key === event.key)
      if (page !== undefined) return navigate(href(page.path.split('/').filter((segment) => segment !== '')))
    }
    if (event.key === 'g') goUntil = Date.now() + PAIR_MILLISECONDS
    else if (single[event.key] !== undefined) {
      event.preventDefault()
      single[event.key]!()
    }
  }
  document.addEventListener('keydown', listen)
  return () => document.removeEventListener('keydown', listen)
}

const single: Readonly<Record<string, () => void>> = {
  '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
  '?': openKeys,
  p: () => {
    paused.value = !paused.value
  },
  t: () => {
    theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length]!
  },
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('input, textarea, select, [contenteditable], dialog') !== null
}
