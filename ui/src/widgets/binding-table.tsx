import { useState } from 'preact/hooks'
import { type Binding, unbind } from '../data/binding.ts'
import { href } from '../router/location.ts'
import { t } from '../strings/strings.ts'
import { Button } from './button.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { SimpleTable } from './simple-table.tsx'

interface BindingTableProps {
  readonly label: string
  readonly bindings: readonly Binding[]
  /** Which end is shown; the other one is the page's. */
  readonly end: 'source' | 'destination'
}

/** Bindings to or from one thing. */
export function BindingTable({ label, bindings, end }: BindingTableProps) {
  const [removing, setRemoving] = useState<Binding | undefined>()
  const texts = t.queue.bindings
  const other = (binding: Binding) =>
    end === 'source' || binding.destination_type === 'exchange'
      ? href(['exchanges', binding.vhost, end === 'source' ? binding.source : binding.destination])
      : href(['queues', binding.vhost, binding.destination])
  const named = (binding: Binding) => (end === 'source' ? binding.source : binding.destination)
  return (
    <>
      <SimpleTable
        label={label}
        head={[end === 'source' ? texts.from : texts.to, texts.key, texts.arguments, t.actions.remove]}
        rows={bindings.map((binding) => [
          <a key="other" href={other(binding)}>
            {named(binding)}
          </a>,
          <code key="key">{binding.routing_key}</code>,
          <code key="arguments">
            {Object.keys(binding.arguments).length === 0 ? '' : JSON.stringify(binding.arguments)}
          </code>,
          <Button
            key="unbind"
            kind="quiet"
            icon="trash"
            label={texts.unbindFrom(named(binding), binding.routing_key)}
            onClick={() => setRemoving(binding)}
          />,
        ])}
      />
      {removing !== undefined && (
        <ConfirmDialog
          title={texts.unbindFrom(named(removing), removing.routing_key)}
          action={unbind(removing)}
          done={texts.removed}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </>
  )
}
