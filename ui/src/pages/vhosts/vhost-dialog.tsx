import { useState } from 'preact/hooks'
import { quote } from '../../data/action.ts'
import { type VhostEntry, wordsOf } from '../../data/administration.ts'
import { path } from '../../data/request.ts'
import { t } from '../../strings/strings.ts'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { SelectField } from '../../widgets/select-field.tsx'
import { TextField } from '../../widgets/text-field.tsx'

interface VhostDialogProps {
  /** The one to be changed; a new one by default. */
  readonly vhost?: VhostEntry
  onClose(): void
}

/** Adds a virtual host, or changes one. */
export function VhostDialog({ vhost, onClose }: VhostDialogProps) {
  const texts = t.admin.vhosts
  const [name, setName] = useState(vhost?.name ?? '')
  const [description, setDescription] = useState(vhost?.description ?? '')
  const [type, setType] = useState(vhost?.default_queue_type ?? 'classic')
  const [tags, setTags] = useState(vhost?.tags.join(', ') ?? '')
  const [flags, setFlags] = useState({
    tracing: vhost?.tracing ?? false,
    protected: vhost?.protected_from_deletion ?? false,
  })
  const body = {
    ...{ description, default_queue_type: type, tags: wordsOf(tags), tracing: flags.tracing },
    protected_from_deletion: flags.protected,
  }
  return (
    <ConfirmDialog
      title={vhost === undefined ? texts.add : texts.edit(vhost.name)}
      danger={false}
      ready={name !== ''}
      done={texts.saved(name)}
      action={{
        ...{ method: 'PUT', path: path`/vhosts/${name}`, body },
        ...(vhost === undefined ? { cli: `add_vhost ${quote(name)} --default-queue-type ${type}` } : {}),
      }}
      onClose={onClose}
    >
      <div class="fields">
        {vhost === undefined && <TextField title={texts.name} value={name} required onChange={setName} />}
        <SelectField title={texts.type} value={type} options={['classic', 'quorum', 'stream']} onChange={setType} />
        <TextField title={texts.description} value={description} onChange={setDescription} />
        <TextField title={texts.tags} value={tags} onChange={setTags} />
        {(['tracing', 'protected'] as const).map((flag) => (
          <label key={flag} class="check wide">
            <input
              type="checkbox"
              checked={flags[flag]}
              onChange={(event) => setFlags({ ...flags, [flag]: event.currentTarget.checked })}
            />
            <span class="inline">{texts[flag]}</span>
          </label>
        ))}
      </div>
    </ConfirmDialog>
  )
}
