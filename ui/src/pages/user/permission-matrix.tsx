import { useState } from 'preact/hooks'
import { clearPermission, type Permission, setPermission } from '../../data/administration.ts'
import { useVhosts } from '../../data/vhosts.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { SimpleTable } from '../../widgets/simple-table.tsx'
import { TextField } from '../../widgets/text-field.tsx'

const texts = t.admin.users

interface PermissionMatrixProps {
  readonly user: string
  readonly permissions: readonly Permission[]
}

interface Doing {
  readonly verb: 'set' | 'clear'
  readonly permission: Permission
}

/** What a user may do in each virtual host. */
export function PermissionMatrix({ user, permissions }: PermissionMatrixProps) {
  const [doing, setDoing] = useState<Doing | undefined>()
  const vhosts = useVhosts(permissions.map(({ vhost }) => vhost))
  const close = () => setDoing(undefined)
  const { matrix: head } = texts
  return (
    <section class="card panel">
      <h2>{texts.permissions}</h2>
      <SimpleTable
        label={texts.permissions}
        head={[head.vhost, head.configure, head.write, head.read, head.change]}
        rows={vhosts.map((vhost) => {
          const found = permissions.find((one) => one.vhost === vhost)
          const permission = found ?? { user, vhost, configure: '.*', write: '.*', read: '.*' }
          return [
            vhost,
            ...(['configure', 'write', 'read'] as const).map((verb) => <Pattern key={verb} pattern={found?.[verb]} />),
            <span key="change" class="inline-row">
              <Button label={texts.set(vhost)} onClick={() => setDoing({ verb: 'set', permission })}>
                {texts.setShort}
              </Button>
              {found !== undefined && (
                <Button
                  kind="quiet"
                  icon="trash"
                  label={texts.clear(vhost)}
                  onClick={() => setDoing({ verb: 'clear', permission })}
                />
              )}
            </span>,
          ]
        })}
      />
      {doing?.verb === 'set' && <SetDialog permission={doing.permission} onClose={close} />}
      {doing?.verb === 'clear' && (
        <ConfirmDialog
          title={texts.clear(doing.permission.vhost)}
          action={clearPermission(doing.permission)}
          onClose={close}
        />
      )}
    </section>
  )
}

function Pattern({ pattern }: { readonly pattern: string | undefined }) {
  if (pattern === undefined) return <span class="dim">{texts.noEntry}</span>
  return pattern === '' ? <span class="dim">{texts.nothing}</span> : <code>{pattern}</code>
}

function SetDialog({ permission, onClose }: { readonly permission: Permission; onClose: () => void }) {
  const [wanted, setWanted] = useState(permission)
  return (
    <ConfirmDialog title={texts.set(permission.vhost)} danger={false} action={setPermission(wanted)} onClose={onClose}>
      <p class="hint">{texts.patternHint}</p>
      <div class="fields">
        {(['configure', 'write', 'read'] as const).map((verb) => (
          <TextField
            key={verb}
            title={texts.matrix[verb]}
            value={wanted[verb]}
            onChange={(pattern) => setWanted({ ...wanted, [verb]: pattern })}
          />
        ))}
      </div>
    </ConfirmDialog>
  )
}
