import type { Binding } from '../../data/binding.ts'
import { useLive } from '../../data/live.ts'
import type { Queue } from '../../data/queue.ts'
import { path } from '../../data/request.ts'
import { t } from '../../strings/strings.ts'
import { BindForm } from '../../widgets/bind-form.tsx'
import { BindingTable } from '../../widgets/binding-table.tsx'
import { Show } from '../../widgets/states.tsx'

/** What leads to a queue. */
export function BindingsTab({ queue }: { readonly queue: Queue }) {
  const { vhost, name } = queue
  const live = useLive<readonly Binding[]>(path`/queues/${vhost}/${name}/bindings`)
  return (
    <>
      <p class="hint">{t.queue.bindings.standard}</p>
      <Show live={live}>
        {(all) => {
          const bindings = all.filter(({ source }) => source !== '')
          return bindings.length > 0 && <BindingTable label={t.queue.tabs.bindings} bindings={bindings} end="source" />
        }}
      </Show>
      <BindForm vhost={vhost} queue={name} />
    </>
  )
}
