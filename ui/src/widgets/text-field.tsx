interface TextFieldProps {
  readonly title: string
  readonly value: string
  readonly type?: 'text' | 'password' | 'number'
  readonly hint?: string
  readonly required?: boolean
  readonly wide?: boolean
  onChange(text: string): void
}

/** A line of text with its name above and a hint below. */
export function TextField({
  title,
  value,
  type = 'text',
  hint,
  required = false,
  wide = false,
  onChange,
}: TextFieldProps) {
  const common = {
    ...{ required, value, spellcheck: false, autocomplete: type === 'password' ? 'new-password' : 'off' },
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => onChange(event.currentTarget.value),
  }
  return (
    <label class={wide ? 'wide' : ''}>
      <span>{title}</span>
      {type === 'text' && <input type="text" {...common} />}
      {type === 'password' && <input type="password" {...common} />}
      {type === 'number' && <input type="number" {...common} />}
      {hint !== undefined && <span class="hint">{hint}</span>}
    </label>
  )
}
