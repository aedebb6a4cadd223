import { useState } from 'preact/hooks'
import { quote } from '../../data/action.ts'
import type { TopicPermission } from '../../data/administration.ts'
import { useLive } from '../../data/live.ts'
import { path } from '../../data/request.ts'
import { useVhosts } from '../../data/vhosts.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { SelectField } from '../../widgets/select-field.tsx'
import { SimpleTable } from '../../widgets/simple-table.tsx'
import { Show } from '../../widgets/states.tsx'
import { TextField } from '../../widgets/text-field.tsx'

const texts = t.admin.users

/** Which routing keys a user may use. */
export function TopicPermissions({ user }: { readonly user: string }) {
  const live = useLive<readonly TopicPermission[]>(path`/users/${user}/topic-permissions`)
  const [adding, setAdding] = useState(false)
  const [clearing, setClearing] = useState<string | undefined>()
  const { matrix: head } = texts
  return (
    <section class="card panel">
      <h2>{texts.topics}</h2>
      <Show live={live}>
        {(permissions) =>
          permissions.length === 0 ? (
            <p class="dim">{texts.topicsNone}</p>
          ) : (
            <SimpleTable
              label={texts.topics}
              head={[head.vhost, texts.exchange, head.write, head.read, t.actions.remove]}
              rows={permissions.map(({ vhost, exchange, write, read }) => [
                vhost,
                exchange,
                <code key="write">{write}</code>,
                <code key="read">{read}</code>,
                <Button
                  key="clear"
                  kind="quiet"
                  icon="trash"
                  label={texts.topicsClear(vhost)}
                  onClick={() => setClearing(vhost)}
                />,
              ])}
            />
          )
        }
      </Show>
      <div class="inline-row">
        <Button onClick={() => setAdding(true)}>{texts.topicsAdd}</Button>
      </div>
      {adding && <AddDialog user={user} onClose={() => setAdding(false)} />}
      {clearing !== undefined && (
        <ConfirmDialog
          title={texts.topicsClear(clearing)}
          action={{
            method: 'DELETE',
            path: path`/topic-permissions/${clearing}/${user}`,
            cli: `clear_topic_permissions -p ${quote(clearing)} ${quote(user)}`,
          }}
          onClose={() => setClearing(undefined)}
        />
      )}
    </section>
  )
}

function AddDialog({ user, onClose }: { readonly user: string; onClose: () => void }) {
  const vhosts = useVhosts(['/'])
  const [vhost, setVhost] = useState('/')
  const [exchange, setExchange] = useState('amq.topic')
  const [write, setWrite] = useState('.*')
  const [read, setRead] = useState('.*')
  return (
    <ConfirmDialog
      title={texts.topicsAdd}
      danger={false}
      action={{
        method: 'PUT',
        path: path`/topic-permissions/${vhost}/${user}`,
        body: { exchange, write, read },
        cli: `set_topic_permissions -p ${[vhost, user, exchange, write, read].map(quote).join(' ')}`,
      }}
      onClose={onClose}
    >
      <div class="fields">
        <SelectField title={texts.vhost} value={vhost} options={vhosts} onChange={setVhost} />
        <TextField title={texts.exchange} value={exchange} onChange={setExchange} />
        <TextField title={texts.matrix.write} value={write} onChange={setWrite} />
        <TextField title={texts.matrix.read} value={read} onChange={setRead} />
      </div>
    </ConfirmDialog>
  )
}
