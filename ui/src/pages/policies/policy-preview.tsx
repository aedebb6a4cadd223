import { useLive } from '../../data/live.ts'
import type { Policy, PolicyKind } from '../../data/policy.ts'
import { path } from '../../data/request.ts'
import { t } from '../../strings/strings.ts'
import type { ListPage } from '../../widgets/server-list.tsx'

interface Thing {
  readonly name: string
  readonly type: string
  readonly policy?: string | null
  readonly operator_policy?: string | null
}

const LOOKED_MAX = 500
const SHOWN_MAX = 20

/** Whether the browser understands a pattern. */
export function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') !== undefined
  } catch {
    return false
  }
}

/** What a policy would apply to, and what it would take the place of. */
export function PolicyPreview({ kind, policy }: { readonly kind: PolicyKind; readonly policy: Policy }) {
  const { vhost, pattern } = policy
  const to = policy['apply-to']
  // The server's search takes no notice of case: what it finds is sifted here.
  const query = `page=1&page_size=${LOOKED_MAX}&sort=name&use_regex=true&name=${encodeURIComponent(pattern)}`
  const queues = useLive<ListPage<Thing>>(
    to === 'exchanges' ? undefined : `${path`/queues/${vhost}`}?${query}&columns=name,type,policy,operator_policy`,
  ).data.value
  const exchanges = useLive<ListPage<Thing>>(
    to === 'exchanges' || to === 'all' ? `${path`/exchanges/${vhost}`}?${query}&columns=name,type` : undefined,
  ).data.value
  const others = useLive<readonly Policy[]>(`/${kind}${path`/${vhost}`}`).data.value ?? []
  const expression = new RegExp(pattern, 'u')
  const fits = ({ name, type }: Thing) => expression.test(name) && isMeant(to, type)
  const found = queues?.items.filter(fits) ?? []
  const texts = t.admin.policies
  return (
    <section class="card panel" aria-live="polite">
      {queues !== undefined && to !== 'exchanges' && (
        <>
          <h3>{texts.matches(found.length, queues.filtered_count > LOOKED_MAX)}</h3>
          <ul class="names">
            {found.slice(0, SHOWN_MAX).map((queue) => (
              <li key={queue.name}>
                {queue.name}: {fate(policy, kind === 'policies' ? queue.policy : queue.operator_policy, others)}
              </li>
            ))}
            {found.length > SHOWN_MAX && <li>{texts.more(found.length - SHOWN_MAX)}</li>}
          </ul>
        </>
      )}
      {exchanges !== undefined && (
        <h3>{texts.matchesExchanges(exchanges.items.filter(({ name }) => expression.test(name)).length)}</h3>
      )}
    </section>
  )
}

function isMeant(to: string, type: string): boolean {
  const only = { classic_queues: 'classic', quorum_queues: 'quorum', streams: 'stream' }[to]
  return only === undefined || only === type
}

/** What becomes of a queue that has a policy already. */
function fate(policy: Policy, current: string | null | undefined, others: readonly Policy[]): string {
  const texts = t.admin.policies
  const other = others.find(({ name }) => name === current && name !== policy.name)
  if (other === undefined) return texts.gets
  return other.priority > policy.priority ? texts.keeps(other.name, other.priority) : texts.replaces(other.name)
}
