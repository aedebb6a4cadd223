import { useState } from 'preact/hooks'
import { quote } from '../../data/action.ts'
import type { Permission, VhostEntry } from '../../data/administration.ts'
import { useLive } from '../../data/live.ts'
import { path } from '../../data/request.ts'
import { href, navigate } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { LimitTable } from '../../widgets/limit-table.tsx'
import { SimpleTable } from '../../widgets/simple-table.tsx'
import { Show } from '../../widgets/states.tsx'
import type { PageProps } from '../page.ts'
import { VhostDialog } from '../vhosts/vhost-dialog.tsx'
import { VhostFeatures } from '../vhosts/vhost-features.tsx'

const texts = t.admin.vhosts

/** One virtual host: its limits, and who may use it. */
export function VhostPage({ params }: PageProps) {
  const name = params.vhost ?? ''
  const live = useLive<VhostEntry>(path`/vhosts/${name}`)
  return (
    <>
      <nav class="crumbs" aria-label={t.shell.here}>
        <a href={href(['admin', 'vhosts'])}>{texts.title}</a>
      </nav>
      <Show live={live}>{(vhost) => <VhostHead vhost={vhost} />}</Show>
      <div class="columns two">
        <LimitTable at={path`/vhost-limits/${name}`} names={['max-connections', 'max-queues']} />
        <Permissions vhost={name} />
      </div>
    </>
  )
}

function VhostHead({ vhost }: { readonly vhost: VhostEntry }) {
  const [doing, setDoing] = useState<'edit' | 'delete' | undefined>()
  const close = () => setDoing(undefined)
  const { name } = vhost
  return (
    <>
      <div class="title-row">
        <h1>{name}</h1>
        <span class="inline-row">
          <Button onClick={() => setDoing('edit')}>{texts.editShort}</Button>
          <Button
            kind="danger"
            icon="trash"
            disabled={vhost.protected_from_deletion}
            onClick={() => setDoing('delete')}
          >
            {t.queues.delete}
          </Button>
        </span>
      </div>
      <p class="lead">
        <VhostFeatures vhost={vhost} /> {vhost.description} {vhost.protected_from_deletion && texts.isProtected}
      </p>
      {doing === 'edit' && <VhostDialog vhost={vhost} onClose={close} />}
      {doing === 'delete' && (
        <ConfirmDialog
          title={texts.delete(name)}
          typed={name}
          action={{ method: 'DELETE', path: path`/vhosts/${name}`, cli: `delete_vhost ${quote(name)}` }}
          onClose={close}
          onDone={() => navigate(href(['admin', 'vhosts']))}
        >
          <p>{texts.deleteLead(vhost.messages ?? 0)}</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function Permissions({ vhost }: { readonly vhost: string }) {
  const live = useLive<readonly Permission[]>(path`/vhosts/${vhost}/permissions`)
  const { matrix: head } = t.admin.users
  return (
    <section class="card panel">
      <h2>{texts.permissions}</h2>
      <Show live={live}>
        {(permissions) =>
          permissions.length === 0 ? (
            <p class="dim">{texts.noUsers}</p>
          ) : (
            <SimpleTable
              label={texts.permissions}
              head={[texts.user, head.configure, head.write, head.read]}
              rows={permissions.map(({ user, configure, write, read }) => [
                <a key="user" href={href(['admin', 'users', user])}>
                  {user}
                </a>,
                ...[configure, write, read].map((pattern, n) => <code key={n}>{pattern}</code>),
              ])}
            />
          )
        }
      </Show>
    </section>
  )
}
