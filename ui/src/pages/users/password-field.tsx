import { useState } from 'preact/hooks'
import { t } from '../../strings/strings.ts'
import { Button } from '../../widgets/button.tsx'
import { TextField } from '../../widgets/text-field.tsx'

const PASSWORD_BYTES = 18

/** Asks for a new password, or makes one up and shows it. */
export function PasswordField({ value, onChange }: { readonly value: string; onChange: (value: string) => void }) {
  const texts = t.admin.users
  const [visible, setVisible] = useState(false)
  const generate = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES))
    onChange(
      btoa(String.fromCharCode(...bytes))
        .replaceAll('+', '-')
        .replaceAll('/', '_'),
    )
    setVisible(true)
  }
  return (
    <>
      <TextField
        title={texts.password}
        type={visible ? 'text' : 'password'}
        value={value}
        {...(value === '' ? { hint: texts.noPassword } : {})}
        onChange={onChange}
      />
      <Button onClick={generate}>{texts.generate}</Button>
    </>
  )
}
