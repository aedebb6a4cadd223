/** What a number counts, which decides which units it takes. */
export type Quantity = 'count' | 'milliseconds' | 'bytes'

const units: Readonly<Record<Quantity, Readonly<Record<string, number>>>> = {
  count: { k: 1e3, m: 1e6 },
  milliseconds: { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 },
  bytes: {
    ...{ b: 1, k: 1024, kb: 1e3, kib: 1024, m: 1024 ** 2, mb: 1e6, mib: 1024 ** 2 },
    ...{ g: 1024 ** 3, gb: 1e9, gib: 1024 ** 3, t: 1024 ** 4, tib: 1024 ** 4 },
  },
}

/** `10m`, `1GiB`, `5000` as a whole number of milliseconds, bytes or things; undefined for what is none. */
export function parseQuantity(text: string, quantity: Quantity): number | undefined {
  const [, number, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) ?? []
  if (number === undefined) return undefined
  const factor = unit === '' ? 1 : units[quantity][unit.toLowerCase()]
  return factor === undefined ? undefined : Math.round(Number(number) * factor)
}
