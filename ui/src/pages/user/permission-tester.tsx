import { useState } from 'preact/hooks'
import type { Permission } from '../../data/administration.ts'
import { useVhosts } from '../../data/vhosts.ts'
import { t } from '../../strings/strings.ts'
import { SelectField } from '../../widgets/select-field.tsx'
import { TextField } from '../../widgets/text-field.tsx'

const texts = t.admin.users
const verbs = ['configure', 'write', 'read'] as const

/** Tells whether a user may do something with a queue or an exchange. */
export function PermissionTester(props: { readonly user: string; readonly permissions: readonly Permission[] }) {
  const { user, permissions } = props
  const vhosts = useVhosts(['/'])
  const [vhost, setVhost] = useState(permissions[0]?.vhost ?? '/')
  const [verb, setVerb] = useState<string>('write')
  const [thing, setThing] = useState('')
  const pattern = permissions.find((one) => one.vhost === vhost)?.[verb as (typeof verbs)[number]]
  const may = pattern !== undefined && thing !== '' ? allows(pattern, thing) : false
  const answer =
    may === undefined ? texts.invalidPattern : may ? texts.may(user, verb, thing) : texts.mayNot(user, verb, thing)
  return (
    <section class="card panel">
      <h2>{texts.tester}</h2>
      <p class="hint">{texts.testerLead}</p>
      <div class="fields">
        <SelectField title={texts.vhost} value={vhost} options={vhosts} onChange={setVhost} />
        <SelectField title={texts.verb} value={verb} options={verbs} onChange={setVerb} />
        <TextField title={texts.thing} value={thing} onChange={setThing} />
      </div>
      <p role="status">{thing === '' ? '' : answer}</p>
    </section>
  )
}

/** Whether a pattern allows a name; undefined where the browser does not understand the pattern. */
function allows(pattern: string, name: string): boolean | undefined {
  try {
    return new RegExp(pattern === '' ? '^$' : pattern, 'u').test(name)
  } catch {
    return undefined
  }
}
