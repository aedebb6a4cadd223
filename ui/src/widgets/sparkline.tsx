/** A small line without axes: what a number was in the last minutes. The number beside it says what it is. */
export function Sparkline({ values }: { readonly values: readonly number[] }) {
  if (values.length < 2) return <svg class="sparkline" viewBox="0 0 80 20" aria-hidden="true" />
  const highest = Math.max(1, ...values)
  const x = (n: number) => ((n / (values.length - 1)) * 78 + 1).toFixed(1)
  const y = (value: number) => (18 - (value / highest) * 16).toFixed(1)
  const line = values.map((value, n) => `${n === 0 ? 'M' : 'L'}${x(n)} ${y(value)}`).join('')
  return (
    <svg class="sparkline" viewBox="0 0 80 20" preserveAspectRatio="none" aria-hidden="true">
      <path class="area" d={`${line}L79 19L1 19Z`} />
      <path d={line} />
    </svg>
  )
}
