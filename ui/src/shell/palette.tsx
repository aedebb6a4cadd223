import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { ask } from '../data/request.ts'
import { hasTag } from '../data/session.ts'
import { pages } from '../pages/table.ts'
import { href, navigate } from '../router/location.ts'
import { t } from '../strings/strings.ts'
import { Dialog } from '../widgets/dialog.tsx'

const open = signal(false)

/** Opens the palette. */
export function openPalette(): void {
  open.value = true
}

/** Somewhere to go to. */
interface Entry {
  readonly kind: string
  readonly name: string
  readonly link: string
}

const DEBOUNCE_MILLISECONDS = 120
const FOUND_MAX = 8

/** Goes to any page, queue or exchange by some letters of its name. */
export function Palette() {
  return open.value ? <OpenPalette /> : null
}

function OpenPalette() {
  const [text, setText] = useState('')
  const [found, setFound] = useState<readonly Entry[]>([])
  const [chosen, setChosen] = useState(0)
  useEffect(() => {
    const abort = new AbortController()
    const timer = setTimeout(() => void search(text, abort.signal).then(setFound, () => {}), DEBOUNCE_MILLISECONDS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [text])
  const entries = [...pagesNamed(text), ...actionsNamed(text), ...found]
  const close = () => {
    open.value = false
  }
  const go = (entry: Entry | undefined) => {
    if (entry === undefined) return
    close()
    navigate(entry.link)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setChosen((chosen + step + entries.length) % Math.max(1, entries.length))
    } else if (event.key === 'Enter') go(entries[chosen])
  }
  return (
    <Dialog title={t.shell.palette} onClose={close}>
      <input
        // biome-ignore lint/a11y/noRedundantRoles: without a list it has another role of its own
        role="combobox"
        type="text"
        list={undefined}
        aria-label={t.shell.paletteHint}
        placeholder={t.shell.paletteHint}
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries.length > 0 ? `palette-${chosen}` : undefined}
        autofocus
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value)
          setChosen(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div id="palette-list" role="listbox" aria-label={t.shell.palette} class="palette-list">
        {entries.map((entry, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: focus stays in the field above, which listens to the keys
          <div
            key={entry.link}
            id={`palette-${n}`}
            role="option"
            tabindex={-1}
            aria-selected={n === chosen}
            onClick={() => go(entry)}
          >
            <span class="kind">{entry.kind}</span>
            <span>{entry.name}</span>
          </div>
        ))}
      </div>
      {entries.length === 0 && <p class="hint">{t.shell.paletteEmpty}</p>}
    </Dialog>
  )
}

function actionsNamed(text: string): Entry[] {
  const actions = [
    { name: t.queues.add, link: href(['queues'], { add: '1' }) },
    { name: t.streams.add, link: href(['streams'], { add: '1' }) },
    { name: t.exchanges.add, link: href(['exchanges'], { add: '1' }) },
  ]
  const wanted = text.trim().toLowerCase()
  return actions.flatMap(({ name, link }) =>
    name.toLowerCase().includes(wanted) ? [{ kind: t.shell.action, name, link }] : [],
  )
}

function pagesNamed(text: string): Entry[] {
  const wanted = text.trim().toLowerCase()
  return pages
    .filter(({ rail, tag, title }) => {
      return rail !== undefined && (tag === undefined || hasTag(tag)) && title.toLowerCase().includes(wanted)
    })
    .map(({ path, title }) => ({
      kind: t.shell.page,
      name: title,
      link: href(path.split('/').filter((segment) => segment !== '')),
    }))
}

type Named = { readonly items: readonly { readonly name: string; readonly vhost: string; readonly type: string }[] }

async function search(text: string, abort: AbortSignal): Promise<Entry[]> {
  const wanted = text.trim()
  if (wanted === '') return []
  const query = `page=1&page_size=${FOUND_MAX}&name=${encodeURIComponent(wanted)}&sort=name&columns=name,vhost,type`
  const find = (path: string) => ask<Named>('GET', `${path}?${query}`, undefined, abort)
  const [queues, exchanges] = await Promise.all([find('/queues'), find('/exchanges')])
  return [
    ...queues.items.map(({ name, vhost, type }) => ({
      kind: type === 'stream' ? t.pages.stream : t.pages.queue,
      name,
      link: href([type === 'stream' ? 'streams' : 'queues', vhost, name]),
    })),
    ...exchanges.items
      .filter(({ name }) => name !== '')
      .map(({ name, vhost }) => ({ kind: t.pages.exchange, name, link: href(['exchanges', vhost, name]) })),
  ]
}
