import { useState } from 'preact/hooks'
import {
  appliesTo,
  operatorKeys,
  type Policy,
  type PolicyKind,
  policyKeys,
  policyValue,
  setPolicy,
} from '../../data/policy.ts'
import { useVhosts } from '../../data/vhosts.ts'
import { vhost as shownVhost } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { ConfirmDialog } from '../../widgets/confirm-dialog.tsx'
import { SelectField } from '../../widgets/select-field.tsx'
import { TextField } from '../../widgets/text-field.tsx'
import { type KeyRow, PolicyKeys } from './policy-keys.tsx'
import { isPattern, PolicyPreview } from './policy-preview.tsx'

const texts = t.admin.policies

interface PolicyDialogProps {
  readonly kind: PolicyKind
  /** The one to be changed; a new one by default. */
  readonly policy: Policy | undefined
  onClose(): void
}

/** Makes a policy of keys that are known, and shows what it would apply to before it is saved. */
export function PolicyDialog({ kind, policy, onClose }: PolicyDialogProps) {
  const known = kind === 'policies' ? Object.keys(policyKeys) : operatorKeys
  const [draft, setDraft] = useState<Omit<Policy, 'definition'>>(
    policy ?? { vhost: shownVhost.value ?? '/', name: '', pattern: '', 'apply-to': 'queues', priority: 0 },
  )
  const [rows, setRows] = useState<readonly KeyRow[]>(() =>
    policy === undefined
      ? [['max-length', '10000']]
      : Object.entries(policy.definition).map(([key, value]) => [
          key,
          typeof value === 'string' ? value : JSON.stringify(value),
        ]),
  )
  const vhosts = useVhosts([draft.vhost])
  const before = new Map(Object.entries(policy?.definition ?? {}))
  const definition = Object.fromEntries(
    rows.map(([key, text]) => {
      const was = before.get(key)
      // What was a list or a text of digits stays one as long as nobody touches it.
      const untouched = was !== undefined && (typeof was === 'string' ? was : JSON.stringify(was)) === text
      return [key, untouched ? was : policyValue(text)]
    }),
  )
  const wanted: Policy = { ...draft, definition }
  return (
    <ConfirmDialog
      title={policy === undefined ? texts.add : texts.edit(policy.name)}
      wide
      danger={false}
      ready={draft.name !== '' && isPattern(draft.pattern) && rows.length > 0}
      done={texts.saved(draft.name)}
      action={setPolicy(kind, wanted)}
      onClose={onClose}
    >
      <div class="fields">
        {policy === undefined && (
          <>
            <TextField
              title={texts.name}
              value={draft.name}
              required
              onChange={(name) => setDraft({ ...draft, name })}
            />
            <SelectField
              title={texts.vhost}
              value={draft.vhost}
              options={vhosts}
              onChange={(vhost) => setDraft({ ...draft, vhost })}
            />
          </>
        )}
        <TextField
          title={texts.pattern}
          value={draft.pattern}
          required
          {...(isPattern(draft.pattern) ? {} : { hint: texts.badPattern })}
          onChange={(pattern) => setDraft({ ...draft, pattern })}
        />
        <SelectField
          title={texts.to}
          value={draft['apply-to']}
          options={kind === 'policies' ? appliesTo : appliesTo.slice(0, 4)}
          onChange={(to) => setDraft({ ...draft, 'apply-to': to })}
        />
        <TextField
          title={texts.priority}
          type="number"
          value={String(draft.priority)}
          onChange={(priority) => setDraft({ ...draft, priority: Math.trunc(Number(priority)) })}
        />
      </div>
      <PolicyKeys known={known} rows={rows} onChange={setRows} />
      {draft.pattern !== '' && isPattern(draft.pattern) && <PolicyPreview kind={kind} policy={wanted} />}
    </ConfirmDialog>
  )
}
