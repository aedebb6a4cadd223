import { useState } from 'preact/hooks'
import type { VhostEntry } from '../../data/administration.ts'
import { count } from '../../format/numbers.ts'
import { href } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import type { Column } from '../../widgets/column.ts'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'
import { VhostDialog } from './vhost-dialog.tsx'
import { VhostFeatures } from './vhost-features.tsx'

const texts = t.admin.vhosts

const columns: readonly Column<VhostEntry>[] = [
  {
    id: 'name',
    title: texts.columns.name,
    sort: 'name',
    show: ({ name }) => (
      <a class="name" href={href(['admin', 'vhosts', name])}>
        {name}
      </a>
    ),
    text: ({ name }) => name,
  },
  {
    id: 'type',
    title: texts.columns.type,
    sort: 'default_queue_type',
    show: ({ default_queue_type: type }) => type,
    text: ({ default_queue_type: type }) => type,
  },
  {
    id: 'messages',
    title: texts.columns.messages,
    sort: 'messages',
    end: true,
    show: ({ messages }) => count(messages),
    text: ({ messages }) => messages ?? 0,
  },
  {
    id: 'tags',
    title: texts.columns.tags,
    show: ({ tags }) => tags.join(', ') || '–',
    text: ({ tags }) => tags.join(),
  },
  { id: 'features', title: texts.columns.features, show: (vhost) => <VhostFeatures vhost={vhost} /> },
]

/** All virtual hosts. */
export function VhostsPage() {
  const [adding, setAdding] = useState(false)
  return (
    <>
      <h1>{texts.title}</h1>
      <ServerList<VhostEntry>
        label={texts.title}
        path="/vhosts"
        columns={columns}
        always="name,default_queue_type,messages,tags,tracing,protected_from_deletion"
        sort="name"
        filters={['tracing:true', 'protected_from_deletion:true', 'default_queue_type:quorum', 'messages:>0']}
        keyOf={({ name }) => name}
        tools={
          <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
            {texts.add}
          </Button>
        }
        empty={<Empty title={texts.title} />}
      />
      {adding && <VhostDialog onClose={() => setAdding(false)} />}
    </>
  )
}
