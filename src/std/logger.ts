export type LogLevel = 'debug' | 'info' | 'notice' | 'warning' | 'error' | 'critical'

/** Where log lines go; one line per event, logged once, where it is handled. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  notice(message: string): void
  warning(message: string): void
  error(message: string): void
  critical(message: string): void
  /** A logger of one category (`connection`, `channel`, `queue`, …) with its own level. */
  category(name: string): Logger
}

/** Swallows everything; for tests and embedding. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  notice() {},
  warning() {},
  error() {},
  critical() {},
  category: () => silentLogger,
}
