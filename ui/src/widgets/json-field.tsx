/** An object of JSON from a text; undefined where it is none. Nothing is an empty object. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

interface JsonFieldProps {
  readonly title: string
  readonly value: string
  readonly rows?: number
  /** Said when it is no object. */
  readonly invalid: string
  onChange(text: string): void
}

/** Asks for an object of JSON, and says when it is none. */
export function JsonField({ title, value, rows = 2, invalid, onChange }: JsonFieldProps) {
  const isInvalid = parseObject(value) === undefined
  return (
    <label class="wide">
      <span>{title}</span>
      <textarea
        rows={rows}
        spellcheck={false}
        placeholder="{}"
        aria-invalid={isInvalid}
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {isInvalid && <span class="problem">{invalid}</span>}
    </label>
  )
}
