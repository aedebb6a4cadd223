import { useState } from 'preact/hooks'
import { quote } from '../../data/action.ts'
import { wordsOf } from '../../data/administration.ts'
import { path } from '../../data/request.ts'
import { t } from '../../strings/strings.ts'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { TextField } from '../../widgets/text-field.tsx'
import { PasswordField } from './password-field.tsx'

/** Adds a user. */
export function AddUserDialog(props: { onClose: () => void; onAdded: (name: string) => void }) {
  const texts = t.admin.users
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const [tags, setTags] = useState('')
  return (
    <ConfirmDialog
      title={texts.add}
      danger={false}
      ready={name !== ''}
      done={texts.added(name)}
      action={{
        method: 'PUT',
        path: path`/users/${name}`,
        body: { tags: wordsOf(tags), ...(password === '' ? { password_hash: '' } : { password }) },
        cli: `add_user ${quote(name)}`,
      }}
      onClose={props.onClose}
      onDone={() => props.onAdded(name)}
    >
      <div class="fields">
        <TextField title={texts.name} value={name} required onChange={setName} />
        <PasswordField value={password} onChange={setPassword} />
        <TextField title={texts.tags} value={tags} hint={texts.tagsHint} wide onChange={setTags} />
      </div>
    </ConfirmDialog>
  )
}
