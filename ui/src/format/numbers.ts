const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const small = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/** `31,188`; a dash for what is not known. */
export function count(value: number | null | undefined): string {
  return value === undefined || value === null || Number.isNaN(value) ? '–' : whole.format(value)
}

/** `31.2K`, for axes and tight places. */
export function compact(value: number): string {
  return Math.abs(value) < 10_000 ? small.format(value) : short.format(value)
}

/** Per second, `0.4` or `1,204`. */
export function rate(value: number | null | undefined): string {
  if (value === undefined || value === null) return '–'
  return value < 10 ? small.format(value) : whole.format(Math.round(value))
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const

/** `1.4 MiB`. */
export function bytes(value: number | null | undefined): string {
  if (value === undefined || value === null || Number.isNaN(value)) return '–'
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(value) || 1) / 10)))
  const scaled = value / 1024 ** power
  return `${scaled < 100 && power > 0 ? small.format(scaled) : whole.format(Math.round(scaled))} ${units[power]}`
}
