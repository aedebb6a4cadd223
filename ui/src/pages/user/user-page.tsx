import { useState } from 'preact/hooks'
import { quote } from '../../data/action.ts'
import { type Permission, type UserEntry, wordsOf } from '../../data/administration.ts'
import { useLive } from '../../data/live.ts'
import { path } from '../../data/request.ts'
import { href, navigate } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { LimitTable } from '../../widgets/limit-table.tsx'
import { Show } from '../../widgets/states.tsx'
import { TextField } from '../../widgets/text-field.tsx'
import type { PageProps } from '../page.ts'
import { PasswordField } from '../users/password-field.tsx'
import { PermissionMatrix } from './permission-matrix.tsx'
import { PermissionTester } from './permission-tester.tsx'
import { TopicPermissions } from './topic-permissions.tsx'

const texts = t.admin.users

/** One user: who one is and what one may do. */
export function UserPage({ params }: PageProps) {
  const name = params.user ?? ''
  const live = useLive<UserEntry>(path`/users/${name}`)
  const permissions = useLive<readonly Permission[]>(path`/users/${name}/permissions`)
  return (
    <>
      <nav class="crumbs" aria-label={t.shell.here}>
        <a href={href(['admin', 'users'])}>{texts.title}</a>
      </nav>
      <Show live={live}>
        {(user) => (
          <>
            <UserHead user={user} />
            <Show live={permissions}>
              {(given) => (
                <>
                  <PermissionMatrix user={name} permissions={given} />
                  <div class="columns two">
                    <PermissionTester user={name} permissions={given} />
                    <LimitTable at={path`/user-limits/${name}`} names={['max-connections', 'max-channels']} />
                  </div>
                </>
              )}
            </Show>
            <TopicPermissions user={name} />
          </>
        )}
      </Show>
    </>
  )
}

type Doing = 'tags' | 'password' | 'delete'

function UserHead({ user }: { readonly user: UserEntry }) {
  const [doing, setDoing] = useState<Doing | undefined>()
  const close = () => setDoing(undefined)
  return (
    <>
      <div class="title-row">
        <h1>{user.name}</h1>
        <span class="inline-row">
          <Button onClick={() => setDoing('tags')}>{texts.columns.tags}</Button>
          <Button onClick={() => setDoing('password')}>{texts.password}</Button>
          <Button kind="danger" icon="trash" onClick={() => setDoing('delete')}>
            {t.queues.delete}
          </Button>
        </span>
      </div>
      <p class="lead">{texts.lead(user.tags.join(', ') || texts.noTags)}</p>
      {doing === 'tags' && <TagsDialog user={user} onClose={close} />}
      {doing === 'password' && <PasswordDialog user={user} onClose={close} />}
      {doing === 'delete' && (
        <ConfirmDialog
          title={texts.delete(user.name)}
          typed={user.name}
          action={{ method: 'DELETE', path: path`/users/${user.name}`, cli: `delete_user ${quote(user.name)}` }}
          onClose={close}
          onDone={() => navigate(href(['admin', 'users']))}
        >
          <p>{texts.deleteLead}</p>
        </ConfirmDialog>
      )}
    </>
  )
}

function TagsDialog({ user, onClose }: { readonly user: UserEntry; onClose: () => void }) {
  const { name, password_hash, hashing_algorithm } = user
  const [tags, setTags] = useState(user.tags.join(', '))
  const kept = password_hash === '' ? { password_hash } : { password_hash, hashing_algorithm }
  return (
    <ConfirmDialog
      title={texts.setTags(name)}
      danger={false}
      action={{
        method: 'PUT',
        path: path`/users/${name}`,
        body: { tags: wordsOf(tags), ...kept },
        cli: `set_user_tags ${[name, ...wordsOf(tags)].map(quote).join(' ')}`,
      }}
      onClose={onClose}
    >
      <TextField title={texts.tags} value={tags} hint={texts.tagsHint} onChange={setTags} />
    </ConfirmDialog>
  )
}

function PasswordDialog({ user, onClose }: { readonly user: UserEntry; onClose: () => void }) {
  const [password, setPassword] = useState('')
  return (
    <ConfirmDialog
      title={texts.setPassword(user.name)}
      danger={false}
      action={{
        method: 'PUT',
        path: path`/users/${user.name}`,
        body: { tags: user.tags, ...(password === '' ? { password_hash: '' } : { password }) },
        cli: `change_password ${quote(user.name)}`,
      }}
      onClose={onClose}
    >
      <div class="fields">
        <PasswordField value={password} onChange={setPassword} />
      </div>
    </ConfirmDialog>
  )
}
