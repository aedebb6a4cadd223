import { setQuery } from '../router/location.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { type ListState, pageSizes } from './list-state.ts'
import type { ListPage } from './server-list.tsx'

/** Goes through the pages of a list, and says how long it is. */
export function Pager({ page, state }: { readonly page: ListPage<unknown>; readonly state: ListState }) {
  const to = (number: number) => setQuery({ page: number === 1 ? undefined : String(number) })
  return (
    <nav class="pager" aria-label={t.table.pages}>
      <span>{t.table.rows(page.filtered_count, page.total_count)}</span>
      <span class="spacer" />
      {page.page_count > 1 && (
        <>
          <Button icon="left" label={t.table.previous} disabled={page.page <= 1} onClick={() => to(page.page - 1)} />
          <span>{t.table.page(page.page, page.page_count)}</span>
          <Button
            icon="right"
            label={t.table.next}
            disabled={page.page >= page.page_count}
            onClick={() => to(page.page + 1)}
          />
        </>
      )}
      {page.total_count > pageSizes[0] && (
        <select
          aria-label={t.table.perPage}
          value={String(state.size)}
          onChange={(event) => setQuery({ size: event.currentTarget.value, page: undefined })}
        >
          {pageSizes.map((size) => (
            <option key={size} value={String(size)}>
              {t.table.perPageOption(size)}
            </option>
          ))}
        </select>
      )}
    </nav>
  )
}
