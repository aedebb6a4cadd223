import { useVhosts } from '../../data/vhosts.ts'
import { t } from '../../strings/strings.ts'

/** Asks for a virtual host; an empty text is all of them. */
export function VhostField({ value, onChange }: { readonly value: string; onChange: (vhost: string) => void }) {
  const texts = t.operation.definitions
  const vhosts = useVhosts()
  return (
    <label>
      <span>{texts.vhost}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{texts.everything}</option>
        {vhosts.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  )
}
