import { resolve } from 'node:path'
import type { Logger, LogLevel } from '../std/logger.ts'
import { type LogEntry, type LogFormatSettings, writeEntry } from './log-format.ts'
import type { RotationSettings } from './log-rotation.ts'
import type { LogOutputName, LogSettings, LogThreshold } from './log-settings.ts'
import { LogSink } from './log-sink.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'
import { Syslog } from './syslog.ts'

/** A logger that owns what it writes to. */
export interface ServerLogger extends Logger {
  /** Where lines go, for people. */
  readonly destinations: readonly string[]
  /** Somewhere else that entries go to from now on, under the settings of its name. Answers how to take it back. */
  attach(name: LogOutputName, append: LogOutput['append']): () => void
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

/** One of the places that lines go to. */
interface LogOutput {
  readonly name: LogOutputName
  readonly format: LogFormatSettings
  /** Undefined where every category goes there. */
  takes?(category: string): boolean
  append(entry: LogEntry, text: string): void
}

/** Wall time in microseconds since the epoch. */
export type MicrosecondClock = () => number

const systemMicroseconds: MicrosecondClock = () => (performance.timeOrigin + performance.now()) * 1000

/** Opens the outputs that `settings` name. Throws a StartRefusal when a log file cannot be opened. */
export function openLogger(settings: LogSettings, now: MicrosecondClock = systemMicroseconds): ServerLogger {
  const places = new LogPlaces(settings, now)
  return Object.assign(places.logger('default'), {
    destinations: places.destinations,
    attach: (name: LogOutputName, append: LogOutput['append']) =>
      places.add({ name, format: settings.outputs[name].format, append }),
    setLevel: (level: LogThreshold, category: string | undefined) => places.setLevel(level, category),
    setLevels: (fresh: LogSettings) => places.setLevels(fresh),
    async reopen() {
      await Promise.all(places.sinks.map((sink) => sink.reopen()))
    },
    flushNow() {
      for (const sink of places.sinks) sink.flushNow()
    },
    async close() {
      await Promise.all([...places.sinks.map((sink) => sink.close()), places.syslog?.close()])
    },
  })
}

/** All places that lines go to. */
class LogPlaces {
  readonly destinations: string[] = []
  readonly sinks: LogSink[] = []
  readonly syslog: Syslog | undefined
  readonly #settings: LogSettings
  readonly #now: MicrosecondClock
  /** Replaced, never changed: loggers remember which of them they write to. */
  #outputs: readonly LogOutput[] = []
  #levels: Readonly<Record<LogOutputName, LogThreshold | undefined>>
  #categoryLevels: ReadonlyMap<string, LogThreshold>

  constructor(settings: LogSettings, now: MicrosecondClock) {
    this.#settings = settings
    this.#now = now
    this.#categoryLevels = settings.categoryLevels
    this.#levels = levelsOf(settings)
    const { console, consoleStream, file, syslog, categoryFiles, outputs } = settings
    if (console) this.#addConsole(consoleStream)
    const apart = new Map([...categoryFiles].filter(([, { path }]) => path !== ''))
    const takes = (category: string) => !apart.has(category)
    if (file !== undefined) {
      const sink = this.#openFile(file, settings.rotation)
      this.add({ name: 'file', format: outputs.file.format, takes, append: (_, text) => sink.append(text) })
    }
    for (const [own, { path, rotation }] of apart) {
      const sink = this.#openFile(path, rotation)
      this.add({
        name: 'file',
        format: outputs.file.format,
        takes: (category) => category === own,
        append: (_, text) => sink.append(text),
      })
    }
    if (syslog !== undefined) {
      const sender = new Syslog(syslog)
      this.syslog = sender
      this.destinations.push(`syslog at ${syslog.host}:${syslog.port}`)
      this.add({ name: 'syslog', format: outputs.syslog.format, append: (entry, text) => sender.append(entry, text) })
    }
  }

  add(output: LogOutput): () => void {
    this.#outputs = [...this.#outputs, output]
    return () => {
      this.#outputs = this.#outputs.filter((other) => other !== output)
    }
  }

  setLevel(level: LogThreshold, category: string | undefined): void {
    if (category === undefined) {
      this.#categoryLevels = new Map()
      this.#levels = { console: level, file: level, exchange: level, syslog: level }
    } else this.#categoryLevels = new Map(this.#categoryLevels).set(category, level)
    this.#outputs = [...this.#outputs]
  }

  setLevels(settings: LogSettings): void {
    this.#categoryLevels = settings.categoryLevels
    this.#levels = levelsOf(settings)
    this.#outputs = [...this.#outputs]
  }

  logger(category: string): Logger {
    let known: readonly LogOutput[] | undefined
    let chosen: readonly { readonly output: LogOutput; readonly severity: number }[] = []
    const log = (level: LogLevel, message: string): void => {
      if (known !== this.#outputs) {
        known = this.#outputs
        chosen = this.#outputsOf(category)
      }
      let entry: LogEntry | undefined
      const written = new Map<LogFormatSettings, string>()
      for (const { output, severity: lowest } of chosen) {
        if (severity[level] < lowest) continue
        entry ??= { time: this.#now(), level, category, message: withoutSecrets(message) }
        const text = written.get(output.format) ?? writeEntry(entry, output.format)
        written.set(output.format, text)
        output.append(entry, text)
      }
    }
    return {
      debug: (message) => log('debug', message),
      info: (message) => log('info', message),
      notice: (message) => log('notice', message),
      warning: (message) => log('warning', message),
      error: (message) => log('error', message),
      critical: (message) => log('critical', message),
      category: (name) => this.logger(name),
    }
  }

  #outputsOf(category: string) {
    const threshold = this.#categoryLevels.get(category) ?? this.#categoryLevels.get('default')
    return this.#outputs
      .filter((output) => output.takes?.(category) ?? true)
      .map((output) => ({ output, severity: lowestSeverity(threshold, this.#levels[output.name]) }))
  }

  #addConsole(stream: 'stdout' | 'stderr'): void {
    const { colors, outputs } = this.#settings
    const sink = LogSink.toDescriptor(stream === 'stderr' ? 2 : 1)
    this.sinks.push(sink)
    this.destinations.push(stream)
    this.add({
      ...{ name: 'console', format: outputs.console.format },
      append: ({ level }, text) =>
        sink.append(colors === undefined ? text : `${colors.get(level) ?? ''}${text.trimEnd()}\u001b[0m\n`),
    })
  }

  #openFile(name: string, rotation: RotationSettings): LogSink {
    const path = resolve(this.#settings.directory ?? '', name)
    try {
      const sink = LogSink.toFile(path, rotation)
      this.sinks.push(sink)
      this.destinations.push(path)
      return sink
    } catch (error) {
      throw new StartRefusal(ExitCode.config, `cannot write the log file ${path}: ${(error as Error).message}`)
    }
  }
}

function levelsOf({ outputs }: LogSettings): Readonly<Record<LogOutputName, LogThreshold | undefined>> {
  const { console, file, exchange, syslog } = outputs
  return { console: console.level, file: file.level, exchange: exchange.level, syslog: syslog.level }
}

/** A line must pass its category and its output; where only one of them has a level, that one decides. */
function lowestSeverity(category: LogThreshold | undefined, output: LogThreshold | undefined): number {
  if (category !== undefined && output !== undefined) return Math.max(severity[category], severity[output])
  return severity[category ?? output ?? 'info']
}

/** The one choke point where a password inside a URI is struck out. */
function withoutSecrets(message: string): string {
  return message.includes('://') ? message.replace(/(:\/\/[^:@/\s]*):[^@/\s]*@/g, '$1:[redacted]@') : message
}
