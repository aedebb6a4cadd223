import type { Logger, LogLevel } from '../../src/std/logger.ts'
import type { Trace } from './trace.ts'

/** Tells the trace every line, and keeps those of errors. */
export class CapturingLogger implements Logger {
  readonly #trace: Trace
  readonly errors: string[] = []

  constructor(trace: Trace) {
    this.#trace = trace
  }

  debug(message: string): void {
    this.#take('debug', message)
  }

  info(message: string): void {
    this.#take('info', message)
  }

  notice(message: string): void {
    this.#take('notice', message)
  }

  warning(message: string): void {
    this.#take('warning', message)
  }

  error(message: string): void {
    this.#take('error', message)
  }

  critical(message: string): void {
    this.#take('critical', message)
  }

  category(): Logger {
    return this
  }

  #take(level: LogLevel, message: string): void {
    this.#trace.tell(`log ${level}: ${message}`)
    if (level === 'error' || level === 'critical') this.errors.push(message)
  }
}
