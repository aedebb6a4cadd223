import { useState } from 'preact/hooks'
import { deletePolicy, type Policy, type PolicyKind } from '../../data/policy.ts'
import { useSeveralVhosts } from '../../data/vhosts.ts'
import { vhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import type { Column } from '../../widgets/column.ts'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'
import { currentTab, Tabs } from '../../widgets/tabs.tsx'
import { PolicyDialog } from './policy-dialog.tsx'

const texts = t.admin.policies
const tabs = [
  { id: 'policies', title: texts.tabs.user },
  { id: 'operator-policies', title: texts.tabs.operator },
] as const

interface Doing {
  readonly verb: 'add' | 'edit' | 'delete'
  readonly policy?: Policy
}

/** Policies, and what operators bound them with. */
export function PoliciesPage() {
  const tab = currentTab(tabs)
  return (
    <>
      <h1>{texts.title}</h1>
      <Tabs tabs={tabs} label={texts.title} />
      <div id="tab-panel" class="tab-panel" role="tabpanel" aria-labelledby={`tab-${tab.id}`}>
        {tab.id === 'operator-policies' && <p class="lead">{texts.operatorLead}</p>}
        <PolicyList key={tab.id} kind={tab.id} />
      </div>
    </>
  )
}

function PolicyList({ kind }: { readonly kind: PolicyKind }) {
  const [doing, setDoing] = useState<Doing | undefined>()
  const close = () => setDoing(undefined)
  const several = useSeveralVhosts()
  const { policy } = doing ?? {}
  return (
    <>
      <ServerList<Policy>
        label={texts.title}
        path={vhost.value === undefined ? `/${kind}` : `/${kind}/${encodeURIComponent(vhost.value)}`}
        columns={columnsOf(setDoing).filter(({ id }) => several || id !== 'vhost')}
        always="vhost,name,pattern,apply-to,definition,priority"
        sort="name"
        filters={['priority:>0', 'name:~^']}
        keyOf={(one) => `${one.vhost} ${one.name}`}
        tools={
          <Button kind="primary" icon="plus" onClick={() => setDoing({ verb: 'add' })}>
            {texts.add}
          </Button>
        }
        empty={
          <Empty title={texts.none}>
            <p>{texts.noneHint}</p>
          </Empty>
        }
      />
      {doing !== undefined && doing.verb !== 'delete' && <PolicyDialog kind={kind} policy={policy} onClose={close} />}
      {doing?.verb === 'delete' && policy !== undefined && (
        <ConfirmDialog title={texts.delete(policy.name)} action={deletePolicy(kind, policy)} onClose={close}>
          <p>{texts.deleteLead}</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function columnsOf(onDo: (doing: Doing) => void): Column<Policy>[] {
  const { columns: titles } = texts
  return [
    {
      id: 'name',
      title: titles.name,
      sort: 'name',
      show: (policy) => (
        <button type="button" class="link" onClick={() => onDo({ verb: 'edit', policy })}>
          {policy.name}
        </button>
      ),
      text: ({ name }) => name,
    },
    { id: 'vhost', title: texts.vhost, sort: 'vhost', show: ({ vhost }) => vhost, text: ({ vhost }) => vhost },
    { id: 'pattern', title: titles.pattern, sort: 'pattern', show: ({ pattern }) => <code>{pattern}</code> },
    { id: 'to', title: titles.to, sort: 'apply-to', show: (policy) => policy['apply-to'] },
    {
      id: 'definition',
      title: titles.definition,
      show: ({ definition }) => (
        <span class="wrap">
          {Object.entries(definition)
            .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : value}`)
            .join(', ')}
        </span>
      ),
      text: ({ definition }) => JSON.stringify(definition),
    },
    { id: 'priority', title: titles.priority, sort: 'priority', end: true, show: ({ priority }) => priority },
    {
      id: 'delete',
      title: t.actions.remove,
      show: (policy) => (
        <Button
          kind="quiet"
          icon="trash"
          label={texts.delete(policy.name)}
          onClick={() => onDo({ verb: 'delete', policy })}
        />
      ),
      text: () => '',
    },
  ]
}
