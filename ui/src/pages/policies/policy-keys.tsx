import { policyKeys } from '../../data/policy.ts'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { SelectField } from '../../widgets/select-field.tsx'
import { TextField } from '../../widgets/text-field.tsx'

/** A key and its value, as typed. */
export type KeyRow = readonly [key: string, value: string]

interface PolicyKeysProps {
  readonly known: readonly string[]
  readonly rows: readonly KeyRow[]
  onChange(rows: readonly KeyRow[]): void
}

/** What a policy sets, key by key. */
export function PolicyKeys({ known, rows, onChange }: PolicyKeysProps) {
  const texts = t.admin.policies
  const used = new Set(rows.map(([key]) => key))
  const left = known.filter((key) => !used.has(key))
  const set = (n: number, row: KeyRow) => onChange(rows.map((one, m) => (m === n ? row : one)))
  return (
    <>
      {rows.map(([key, value], n) => (
        <div key={n} class="inline-row">
          <SelectField
            title={texts.key(n + 1)}
            value={key}
            options={[key, ...left]}
            onChange={(other) => set(n, [other, policyKeys[other] ?? ''])}
          />
          <TextField title={texts.value(n + 1)} value={value} onChange={(text) => set(n, [key, text])} />
          <Button
            kind="quiet"
            icon="trash"
            label={texts.remove(key)}
            onClick={() => onChange(rows.filter((_, m) => m !== n))}
          />
        </div>
      ))}
      {left.length > 0 && (
        <div class="inline-row">
          <Button icon="plus" onClick={() => onChange([...rows, [left[0]!, policyKeys[left[0]!] ?? '']])}>
            {texts.addKey}
          </Button>
        </div>
      )}
    </>
  )
}
