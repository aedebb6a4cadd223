import { count } from '../../format/numbers.ts'
import { t } from '../../strings/strings.ts'
import { SimpleTable } from '../../widgets/simple-table.tsx'

type Item = Readonly<Record<string, unknown>> & { readonly changes?: readonly string[] }

/** What an import would do, by category. */
export type DefinitionPlan = Readonly<
  Record<string, { readonly create: readonly Item[]; readonly change: readonly Item[]; readonly unchanged: number }>
>

interface PlanTableProps {
  readonly plan: DefinitionPlan
  /** Categories that are not to be imported. */
  readonly left: ReadonlySet<string>
  onLeave(categories: ReadonlySet<string>): void
}

const SHOWN_MAX = 30

/** What is new and what changes; categories can be left out. */
export function PlanTable({ plan, left, onLeave }: PlanTableProps) {
  const texts = t.operation.definitions
  const { columns: head } = texts
  const rows = Object.entries(plan).filter(([, { create, change }]) => create.length + change.length > 0)
  if (rows.length === 0) return <p>{texts.nothing}</p>
  const toggle = (category: string) => {
    const next = new Set(left)
    if (!next.delete(category)) next.add(category)
    onLeave(next)
  }
  return (
    <SimpleTable
      label={texts.plan}
      head={[head.take, head.category, head.create, head.change, head.unchanged]}
      rows={rows.map(([category, { create, change, unchanged }]) => {
        const title = texts.categories[category] ?? category
        return [
          <input
            key="take"
            type="checkbox"
            aria-label={texts.take(title)}
            checked={!left.has(category)}
            onChange={() => toggle(category)}
          />,
          title,
          <Names key="create" items={create} />,
          <Names key="change" items={change} />,
          count(unchanged),
        ]
      })}
    />
  )
}

function Names({ items }: { readonly items: readonly Item[] }) {
  if (items.length === 0) return <span class="dim">0</span>
  const texts = t.operation.definitions
  return (
    <details>
      <summary>{count(items.length)}</summary>
      <ul class="names">
        {items.slice(0, SHOWN_MAX).map((item) => (
          <li key={nameOf(item)}>
            {item.changes === undefined ? nameOf(item) : texts.changes(nameOf(item), item.changes.join(', '))}
          </li>
        ))}
        {items.length > SHOWN_MAX && <li>{t.admin.policies.more(items.length - SHOWN_MAX)}</li>}
      </ul>
    </details>
  )
}

function nameOf(item: Item): string {
  return Object.entries(item)
    .filter(([key, value]) => key !== 'changes' && typeof value === 'string' && value !== '')
    .map(([, value]) => value)
    .join(' · ')
}
