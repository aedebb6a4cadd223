interface SelectFieldProps {
  readonly title: string
  readonly value: string
  readonly options: readonly string[]
  onChange(option: string): void
}

/** One of a few words. */
export function SelectField({ title, value, options, onChange }: SelectFieldProps) {
  return (
    <label>
      <span>{title}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  )
}
