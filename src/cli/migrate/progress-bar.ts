import type { DrainProgress } from './queue-drain.ts'

const WIDTH = 24

/** `orders  [########----------------]  33 %  33000 of 100000  5200/s`; `since` are milliseconds of the clock that runs. */
export function progressBar(name: string, { moved, total }: DrainProgress, seconds: number): string {
  const share = total === 0 ? 1 : moved / total
  const full = Math.round(share * WIDTH)
  const rate = seconds > 0 ? Math.round(moved / seconds) : 0
  const left = rate > 0 ? `, ${Math.ceil((total - moved) / rate)} s left` : ''
  const bar = `${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}`
  return `${name}  [${bar}] ${String(Math.floor(share * 100)).padStart(3)} %  ${moved} of ${total}  ${rate}/s${left}`
}
