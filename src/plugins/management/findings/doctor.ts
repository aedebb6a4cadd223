import type { Broker } from '../../../broker/broker.ts'
import type { Node } from '../../../plugin.ts'
import type { Json } from '../listing.ts'

/** One thing that was examined. */
export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warning' | 'error'
  readonly text: string
  /** What to do, where it is not well. */
  readonly fix?: string
  readonly values?: { readonly [name: string]: Json }
}

/** Fewer open files than this are soon too few. */
const OPEN_FILES_MIN = 4096

/** A disk that takes longer for a small write holds publishers up. */
const SYNC_MILLISECONDS_MAX = 50

/** Wall time that runs away from the machine's own by more was set. */
const SKEW_MILLISECONDS_MAX = 2000

const DAY = 86_400_000

/** The wall clock and the monotonic one, as they were together. */
export interface ClockReading {
  readonly wall: number
  readonly monotonic: number
}

/** Examines what the broker stands on. */
export async function examine(broker: Broker, node: Node, since: ClockReading): Promise<Check[]> {
  return [
    openFiles(node),
    disk(node),
    await sync(node),
    memory(node),
    clock(broker, since),
    listeners(node),
    ...certificates(broker, node),
    configuration(node),
  ]
}

function openFiles({ openFiles: used, openFilesMax: max }: Node): Check {
  const values = { used, max }
  if (max === 0)
    return { name: 'open_files', status: 'ok', text: 'The system does not say how many files may be open.' }
  const text = `${used} of ${max} files are open.`
  if (max >= OPEN_FILES_MIN) return { name: 'open_files', status: 'ok', text, values }
  const fix = `Raise the limit (ulimit -n, LimitNOFILE): each connection needs one, and the store a few.`
  return { name: 'open_files', status: 'warning', text, fix, values }
}

function disk({ diskFreeBytes: free, diskFreeBytesMin: min, dataDirectory }: Node): Check {
  if (free === undefined) return { name: 'disk', status: 'ok', text: 'Nothing is kept on a disk.' }
  const values = { free, min }
  const text = `${bytes(free)} are free at ${dataDirectory}; publishers wait below ${bytes(min)}.`
  if (free < min) return { name: 'disk', status: 'error', text, fix: 'Free disk space.', values }
  if (free < min * 2) return { name: 'disk', status: 'warning', text, fix: 'Free disk space soon.', values }
  return { name: 'disk', status: 'ok', text, values }
}

async function sync(node: Node): Promise<Check> {
  const taken = [...(await node.measureSync())].sort((a, b) => a - b)
  if (taken.length === 0) return { name: 'sync', status: 'ok', text: 'Nothing is kept on a disk.' }
  const median = rounded(taken[Math.floor(taken.length / 2)]!)
  const max = rounded(taken.at(-1)!)
  const values = { median, max }
  const text = `A small write is on disk in ${median} ms (at worst ${max} ms).`
  if (median <= SYNC_MILLISECONDS_MAX) return { name: 'sync', status: 'ok', text, values }
  const fix = 'Every confirm waits for it: use a faster disk, or one that is not shared.'
  return { name: 'sync', status: 'warning', text, fix, values }
}

function memory({ residentBytes: used, memoryBytesMax: max }: Node): Check {
  const values = { used, max }
  const text = `${bytes(used)} of ${bytes(max)} of memory are used.`
  if (used > max) return { name: 'memory', status: 'error', text, fix: 'Let consumers drain, or give it more.', values }
  return { name: 'memory', status: 'ok', text, values }
}

/** There is nobody to ask for the time, but somebody who set it shows. */
function clock({ clock: time }: Broker, since: ClockReading): Check {
  const skew = Math.round(time.now() - since.wall - (time.monotonic() - since.monotonic))
  const values = { skew_milliseconds: skew, now: time.now() }
  if (Math.abs(skew) <= SKEW_MILLISECONDS_MAX) {
    return { name: 'clock', status: 'ok', text: 'The clock has not been set since the broker was first asked.', values }
  }
  const text = `The clock was set by ${skew} ms since the broker was first asked.`
  return { name: 'clock', status: 'warning', text, fix: 'Let NTP keep it; times of messages and logs jump.', values }
}

function listeners({ listeners: all }: Node): Check {
  const open = all.filter(({ tls, address }) => !tls && !/^(127\.|::1$|localhost$)/.test(address))
  const named = all.map(({ protocol, port }) => `${protocol} on ${port}`).join(', ')
  const values = { listeners: all.map((listener) => ({ ...listener })) }
  if (open.length === 0) return { name: 'listeners', status: 'ok', text: `Listening: ${named}.`, values }
  const bare = [...new Set(open.map(({ protocol, port }) => `${protocol} on ${port}`))].join(', ')
  const text = `Passwords and messages come unencrypted to ${bare}.`
  const fix = 'Where the network is not trusted, use TLS listeners (listeners.ssl.default, management.ssl.port).'
  return { name: 'listeners', status: 'warning', text, fix, values }
}

function certificates({ clock: time }: Broker, { certificates: all }: Node): Check[] {
  return all.map(({ setting, validTo }): Check => {
    const days = Math.floor((validTo - time.now()) / DAY)
    const name = `certificate ${setting}`
    const values = { expires_at: validTo }
    if (days < 0) return { name, status: 'error', text: 'The certificate has expired.', fix: 'Renew it.', values }
    const text = `The certificate is valid for ${days} more days.`
    if (days < 30) return { name, status: 'warning', text, fix: 'Renew it.', values }
    return { name, status: 'ok', text, values }
  })
}

function configuration({ control }: Node): Check {
  const warnings = control?.warnings ?? []
  if (warnings.length === 0) return { name: 'configuration', status: 'ok', text: 'Every setting has its effect.' }
  return {
    name: 'configuration',
    status: 'warning',
    text: `${warnings.length === 1 ? 'One setting has' : `${warnings.length} settings have`} no effect.`,
    fix: 'See the reasons; take out what is not needed.',
    values: { warnings },
  }
}

function bytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = count
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
