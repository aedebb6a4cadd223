import { resolve } from 'node:path'
import type { Logger, LogLevel } from '../std/logger.ts'
import { LogSink } from './log-sink.ts'
import type { LogFormat, LogSettings, LogThreshold } from './settings.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

/** A logger that owns what it writes to. */
export interface ServerLogger extends Logger {
  /** Where lines go, for people. */
  readonly destinations: readonly string[]
  /** Writes what is pending before returning; for the last words of a process. */
  flushNow(): void
  /** Of one category or, without one, of everything: both the outputs and all categories get this level. */
  setLevel(level: LogThreshold, category: string | undefined): void
  /** All levels as settings have them. */
  setLevels(settings: LogSettings): void
  /** Opens files anew, after something has moved them. */
  reopen(): Promise<void>
  close(): Promise<void>
}

/** What each level of the log weighs. */
export const severity: Readonly<Record<LogThreshold, number>> = {
  debug: 0,
  info: 1,
  notice: 2,
  warning: 3,
  error: 4,
  critical: 5,
  alert: 6,
  emergency: 6,
  none: 6,
}

interface Output {
  readonly kind: 'console' | 'file'
  readonly sink: LogSink
  level: LogThreshold | undefined
  readonly format: LogFormat
}

/** Wall time in microseconds since the epoch. */
export type MicrosecondClock = () => number

const systemMicroseconds: MicrosecondClock = () => (performance.timeOrigin + performance.now()) * 1000

/** Opens the outputs that `settings` name. Throws a StartRefusal when the log file cannot be opened. */
export function openLogger(settings: LogSettings, now: MicrosecondClock = systemMicroseconds): ServerLogger {
  const outputs: Output[] = []
  const destinations: string[] = []
  if (settings.console) {
    const fd = settings.consoleStream === 'stderr' ? 2 : 1
    outputs.push({
      kind: 'console',
      sink: new LogSink(fd),
      level: settings.consoleLevel,
      format: settings.consoleFormat,
    })
    destinations.push(settings.consoleStream)
  }
  if (settings.file !== undefined) {
    const path = resolve(settings.directory ?? '', settings.file)
    outputs.push({ kind: 'file', sink: openFile(path), level: settings.fileLevel, format: settings.fileFormat })
    destinations.push(path)
  }
  const pen: Pen = { outputs, levels: new Map(settings.categoryLevels), now, revision: 0 }
  return Object.assign(makeLogger(pen, 'default'), {
    destinations,
    flushNow() {
      for (const output of outputs) output.sink.flushNow()
    },
    setLevel(level: LogThreshold, category: string | undefined) {
      pen.revision += 1
      if (category !== undefined) {
        pen.levels.set(category, level)
        return
      }
      pen.levels.clear()
      for (const output of outputs) output.level = level
    },
    setLevels(fresh: LogSettings) {
      pen.revision += 1
      pen.levels.clear()
      for (const [category, level] of fresh.categoryLevels) pen.levels.set(category, level)
      for (const output of outputs) output.level = output.kind === 'file' ? fresh.fileLevel : fresh.consoleLevel
    },
    async reopen() {
      await Promise.all(outputs.map((output) => output.sink.reopen()))
    },
    async close() {
      await Promise.all(outputs.map((output) => output.sink.close()))
    },
  })
}

function openFile(path: string): LogSink {
  try {
    return LogSink.toFile(path)
  } catch (error) {
    throw new StartRefusal(ExitCode.config, `cannot write the log file ${path}: ${(error as Error).message}`)
  }
}

interface Pen {
  readonly outputs: readonly Output[]
  readonly levels: Map<string, LogThreshold>
  readonly now: MicrosecondClock
  /** Counts changes of levels: loggers look whether theirs still holds. */
  revision: number
}

function makeLogger(pen: Pen, category: string): Logger {
  let outputs = outputsFor(pen, category)
  let { revision } = pen
  const log = (level: LogLevel, message: string): void => {
    if (revision !== pen.revision) {
      revision = pen.revision
      outputs = outputsFor(pen, category)
    }
    let line = { plaintext: '', json: '' }
    for (const output of outputs) {
      if (severity[level] < output.severity) continue
      if (line[output.format] === '')
        line = { ...line, [output.format]: write(output.format, pen.now(), level, category, message) }
      output.sink.append(line[output.format])
    }
  }
  return {
    debug: (message) => log('debug', message),
    info: (message) => log('info', message),
    notice: (message) => log('notice', message),
    warning: (message) => log('warning', message),
    error: (message) => log('error', message),
    critical: (message) => log('critical', message),
    category: (name) => makeLogger(pen, name),
  }
}

function outputsFor({ outputs, levels }: Pen, category: string) {
  const threshold = levels.get(category) ?? levels.get('default')
  return outputs.map(({ sink, format, level }) => ({ sink, format, severity: lowestSeverity(threshold, level) }))
}

/** A line must pass its category and its output; where only one of them has a level, that one decides. */
function lowestSeverity(category: LogThreshold | undefined, output: LogThreshold | undefined): number {
  if (category !== undefined && output !== undefined) return Math.max(severity[category], severity[output])
  return severity[category ?? output ?? 'info']
}

function write(format: LogFormat, microseconds: number, level: LogLevel, category: string, message: string): string {
  const time = writeTime(microseconds)
  const safe = withoutSecrets(message)
  if (format === 'json') {
    return `${JSON.stringify({ time, level, msg: safe, domain: `rabbitmq.${category}`, pid: pidText })}\n`
  }
  const prefix = `${time} [${level}] ${pidText} `
  return `${prefix}${safe.includes('\n') ? safe.replaceAll('\n', `\n${prefix}`) : safe}\n`
}

/** Where RabbitMQ has an Erlang process id, tools expect something of its shape. */
const pidText = `<0.${process.pid}.0>`

/** `2026-11-21 05:00:00.123456+00:00` */
function writeTime(microseconds: number): string {
  const whole = Math.floor(microseconds)
  const millisecond = new Date(Math.floor(whole / 1000)).toISOString()
  return `${millisecond.slice(0, 10)} ${millisecond.slice(11, 23)}${String(whole % 1000).padStart(3, '0')}+00:00`
}

/** The one choke point where a password inside a URI is struck out. */
function withoutSecrets(message: string): string {
  return message.includes('://') ? message.replace(/(:\/\/[^:@/\s]*):[^@/\s]*@/g, '$1:[redacted]@') : message
}
