import type { Queue } from '../../data/queue.ts'
import { t } from '../../strings/strings.ts'
import { SimpleTable } from '../../widgets/simple-table.tsx'

/** What applies to a queue, and whether an argument or a policy says so. */
export function EffectiveArguments({ queue }: { readonly queue: Queue }) {
  const { effectiveColumns: head } = t.queue
  const given = Object.entries(queue.arguments ?? {}).map(([key, value]) => [key, value, t.queue.fromArgument] as const)
  const policy = [queue.policy, queue.operator_policy].filter((name) => typeof name === 'string').join(', ')
  const ruled = Object.entries(queue.effective_policy_definition ?? {}).map(
    ([key, value]) => [key, value, t.queue.fromPolicy(policy)] as const,
  )
  const rows = [...given, ...ruled]
  return (
    <section class="card panel">
      <h2>{t.queue.effective}</h2>
      {rows.length === 0 ? (
        <p class="hint">{t.queue.nothingSet}</p>
      ) : (
        <SimpleTable
          label={t.queue.effective}
          head={[head.key, head.value, head.from]}
          rows={rows.map(([key, value, from]) => [
            <code key={key}>{key}</code>,
            <code key={key}>{typeof value === 'string' ? value : JSON.stringify(value)}</code>,
            from,
          ])}
        />
      )}
    </section>
  )
}
