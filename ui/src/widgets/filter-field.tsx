import { useEffect, useRef, useState } from 'preact/hooks'
import { location, setQuery } from '../router/location.ts'
import { t } from '../strings/strings.ts'
import { Icon } from './icon.tsx'

const DEBOUNCE_MILLISECONDS = 150

/** Filters a list while one types; offers the words it understands. */
export function FilterField({ filters }: { readonly filters: readonly string[] }) {
  const shown = location.value.query.filter ?? ''
  const [text, setText] = useState(shown)
  const own = useRef(shown)
  useEffect(() => {
    // The address was changed by somebody else: a link, or the way back.
    if (shown !== own.current) setText(shown)
    own.current = shown
  }, [shown])
  useEffect(() => {
    if (text === own.current) return
    const timer = setTimeout(() => {
      own.current = text
      setQuery({ filter: text === '' ? undefined : text, page: undefined })
    }, DEBOUNCE_MILLISECONDS)
    return () => clearTimeout(timer)
  }, [text])
  const last = text.split(' ').at(-1)!
  const head = text.slice(0, text.length - last.length)
  return (
    <div class="filter-field">
      <Icon name="search" />
      <input
        type="search"
        list="filters"
        data-search
        aria-label={t.table.filter}
        placeholder={t.table.filterHint(filters[0] ?? '')}
        spellcheck={false}
        autocomplete="off"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <datalist id="filters">
        {filters
          .filter((filter) => filter.startsWith(last) && filter !== last)
          .map((filter) => (
            <option key={filter} value={head + filter} />
          ))}
      </datalist>
    </div>
  )
}
