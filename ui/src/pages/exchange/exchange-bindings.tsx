import type { Binding } from '../../data/binding.ts'
import { type Exchange, exchangePath } from '../../data/exchange.ts'
import { useLive } from '../../data/live.ts'
import { t } from '../../strings/strings.ts'
import { BindForm } from '../../widgets/bind-form.tsx'
import { BindingTable } from '../../widgets/binding-table.tsx'

/** What leads to an exchange, and where it leads. */
export function ExchangeBindings({ exchange, bindings }: { exchange: Exchange; bindings: readonly Binding[] }) {
  const { vhost, name } = exchange
  const to = useLive<readonly Binding[]>(name === '' ? undefined : `${exchangePath(exchange)}/bindings/destination`)
  const sources = to.data.value ?? []
  if (name === '') return <p class="hint">{t.exchanges.defaultBindings}</p>
  return (
    <>
      {sources.length > 0 && (
        <section class="section">
          <h2>{t.exchanges.toIt}</h2>
          <BindingTable label={t.exchanges.toIt} bindings={sources} end="source" />
        </section>
      )}
      {bindings.length > 0 && (
        <section class="section">
          <h2>{t.exchanges.fromIt}</h2>
          <BindingTable label={t.exchanges.fromIt} bindings={bindings} end="destination" />
        </section>
      )}
      <BindForm vhost={vhost} exchange={name} />
    </>
  )
}
