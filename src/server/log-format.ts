import type { LogLevel } from '../std/logger.ts'

export type LogFormat = 'plaintext' | 'json'

export const logLevels = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const
export const timeFormats = ['rfc3339_space', 'rfc3339_T', 'epoch_usecs', 'epoch_secs', 'lager_default'] as const
export const levelFormats = ['lc', 'uc', 'lc3', 'uc3', 'lc4', 'uc4'] as const

/** How a line is written. */
export interface LogFormatSettings {
  readonly kind: LogFormat
  readonly time: (typeof timeFormats)[number]
  readonly level: (typeof levelFormats)[number]
  /** Ends of lines inside of a message become commas. */
  readonly singleLine: boolean
  /** `$time [$level] $pid $msg` */
  readonly template: string
  /** Names of fields of JSON in their order, false for one that is left out, `*` for all others; undefined for all as they are. */
  readonly fieldMap: readonly (readonly [from: string, to: string | false])[] | undefined
  /** What the field `verbosity` says of a level. */
  readonly verbosity: ReadonlyMap<string, number> | undefined
}

export const defaultLogFormat: LogFormatSettings = {
  kind: 'plaintext',
  time: 'rfc3339_space',
  level: 'lc',
  singleLine: false,
  template: '$time [$level] $pid $msg',
  fieldMap: undefined,
  verbosity: undefined,
}

/** Something that is to be logged. */
export interface LogEntry {
  /** Microseconds since the epoch. */
  readonly time: number
  readonly level: LogLevel
  readonly category: string
  readonly message: string
}

/** Where RabbitMQ has an Erlang process id, tools expect something of its shape. */
const pidText = `<0.${process.pid}.0>`

const threeLetters = ['dbg', 'inf', 'ntc', 'wrn', 'err', 'crt', 'alt', 'emg']
const fourLetters = ['dbug', 'info', 'noti', 'warn', 'erro', 'crit', 'alrt', 'emgc']

/** An entry as its line (or lines), with the end of the last one. */
export function writeEntry(entry: LogEntry, settings: LogFormatSettings): string {
  const message = settings.singleLine ? entry.message.trim().replace(/,?\r?\n\s*/g, ', ') : entry.message
  return settings.kind === 'json' ? writeJson(entry, message, settings) : writeText(entry, message, settings)
}

function writeText(entry: LogEntry, message: string, settings: LogFormatSettings): string {
  const fields: Readonly<Record<string, string>> = {
    time: String(writeTime(entry.time, settings.time, 'text')),
    level: writeLevel(entry.level, settings.level),
    pid: pidText,
    domain: `rabbitmq.${entry.category}`,
  }
  // Every line of a longer message begins as the first one does.
  const framed = settings.template.replace(/\$(\w+)/g, (whole, name: string) =>
    name === 'msg' ? whole : (fields[name] ?? ''),
  )
  const written = message.split('\n').map((line) => framed.replace('$msg', () => line))
  return `${written.join('\n')}\n`
}

function writeJson(entry: LogEntry, message: string, settings: LogFormatSettings): string {
  const verbosity = settings.verbosity?.get(entry.level)
  const fields: Record<string, string | number> = {
    time: writeTime(entry.time, settings.time, 'json'),
    level: writeLevel(entry.level, settings.level),
    msg: message,
    domain: `rabbitmq.${entry.category}`,
    pid: pidText,
    ...(verbosity === undefined ? {} : { verbosity }),
  }
  return `${JSON.stringify(settings.fieldMap === undefined ? fields : mapped(fields, settings.fieldMap))}\n`
}

function mapped(fields: Record<string, string | number>, map: NonNullable<LogFormatSettings['fieldMap']>): object {
  const rest = new Map(Object.entries(fields))
  const named: [string, string | number][] = []
  for (const [from, to] of map) {
    if (from === '*') {
      if (to === false) rest.clear()
      continue
    }
    const value = rest.get(from)
    rest.delete(from)
    if (value !== undefined && to !== false) named.push([to, value])
  }
  return Object.fromEntries([...named, ...rest])
}

function writeLevel(level: LogLevel, format: LogFormatSettings['level']): string {
  const names = format.endsWith('3') ? threeLetters : format.endsWith('4') ? fourLetters : logLevels
  const name = names[logLevels.indexOf(level)]!
  return format.startsWith('uc') ? name.toUpperCase() : name
}

function writeTime(time: number, format: LogFormatSettings['time'], into: 'text' | 'json'): string | number {
  const whole = Math.floor(time)
  switch (format) {
    case 'rfc3339_space':
      return writeRfc3339(whole, ' ')
    case 'rfc3339_T':
      return writeRfc3339(whole, 'T')
    case 'epoch_usecs':
      return whole
    case 'epoch_secs':
      return into === 'json' ? Math.floor(whole / 1e6) : (whole / 1e6).toFixed(6)
    case 'lager_default':
      return writeLocal(whole)
    default:
      return format satisfies never
  }
}

/** `2026-11-21 05:00:00.123456+00:00` */
function writeRfc3339(microseconds: number, separator: ' ' | 'T'): string {
  const millisecond = new Date(Math.floor(microseconds / 1000)).toISOString()
  const rest = String(microseconds % 1000).padStart(3, '0')
  return `${millisecond.slice(0, 10)}${separator}${millisecond.slice(11, 23)}${rest}+00:00`
}

/** `2026-11-21 05:00:00.123`, in the time of the machine. */
function writeLocal(microseconds: number): string {
  const at = new Date(Math.floor(microseconds / 1000))
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString()
  return shifted.slice(0, 23).replace('T', ' ')
}
