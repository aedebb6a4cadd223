import { setQuery } from '../router/location.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import type { Column } from './column.ts'
import { download } from './download.ts'
import type { ListState } from './list-state.ts'
import { Menu } from './menu.tsx'

interface ListMenuProps<T> {
  readonly columns: readonly Column<T>[]
  readonly state: ListState
  readonly rows: readonly T[]
  readonly name: string
}

/** Chooses columns and their order, and takes the rows of the page away as a file. */
export function ListMenu<T>({ columns, state, rows, name }: ListMenuProps<T>) {
  const choose = (ids: readonly string[]) => setQuery({ cols: ids.length === 0 ? undefined : ids.join(',') })
  const toggle = (id: string) =>
    choose(state.columns.includes(id) ? state.columns.filter((one) => one !== id) : [...state.columns, id])
  const forward = (id: string) => {
    const at = state.columns.indexOf(id)
    choose(state.columns.with(at, state.columns[at - 1]!).with(at - 1, id))
  }
  const shown = state.columns.flatMap((id) => columns.find((column) => column.id === id) ?? [])
  const others = columns.filter(({ id }) => !state.columns.includes(id))
  return (
    <Menu label={t.table.columns} icon="more">
      <fieldset class="column-chooser">
        <legend>{t.table.columns}</legend>
        {[...shown, ...others].map(({ id, title }) => (
          <div key={id}>
            <label class="check">
              <input type="checkbox" checked={state.columns.includes(id)} onChange={() => toggle(id)} />
              <span class="inline">{title}</span>
            </label>
            {state.columns.indexOf(id) > 0 && (
              <Button kind="quiet" icon="up" label={t.table.forward(title)} onClick={() => forward(id)} />
            )}
          </div>
        ))}
      </fieldset>
      <Button icon="download" onClick={() => download(`${name}.csv`, 'text/csv', toCsv(shown, rows))}>
        {t.table.asCsv}
      </Button>
      <Button
        icon="download"
        onClick={() => download(`${name}.json`, 'application/json', JSON.stringify(rows, null, 2))}
      >
        {t.table.asJson}
      </Button>
    </Menu>
  )
}

function toCsv<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const written = columns.filter(({ text }) => text !== undefined)
  const lines = rows.map((row) => written.map(({ text }) => cell(text!(row))).join(','))
  return [written.map(({ title }) => cell(title)).join(','), ...lines].join('\r\n')
}

/** Spreadsheets take what begins with these for a formula, which a name of a queue shall not become. */
function cell(value: string | number): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
