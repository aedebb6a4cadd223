import { location, setQuery } from '../router/location.ts'

interface Tab {
  readonly id: string
  readonly title: string
}

/** The tab the address names; the first by default. */
export function currentTab<T extends Tab>(tabs: readonly T[]): T {
  return tabs.find(({ id }) => id === location.value.query.tab) ?? tabs[0]!
}

/** Parts of a page, one of which is shown; which one is in the address. */
export function Tabs({ tabs, label }: { readonly tabs: readonly Tab[]; readonly label: string }) {
  const current = currentTab(tabs)
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const next = tabs[(tabs.indexOf(current) + step + tabs.length) % tabs.length]!
    setQuery({ tab: next.id })
    const bar = event.currentTarget as HTMLElement
    requestAnimationFrame(() => bar.querySelector<HTMLElement>('[aria-selected="true"]')?.focus())
  }
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ id, title }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-selected={id === current.id}
          aria-controls="tab-panel"
          tabindex={id === current.id ? 0 : -1}
          onClick={() => setQuery({ tab: id })}
        >
          {title}
        </button>
      ))}
    </div>
  )
}
