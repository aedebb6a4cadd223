/** Exit codes of the command, those of sysexits.h that RabbitMQ's tools use too. */
export const ExitCode = { ok: 0, failed: 1, usage: 64, unavailable: 69, software: 70, storage: 74, config: 78 } as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

/** Why the broker will not start, in sentences for the person who started it: no stack trace, one exit code. */
export class StartRefusal extends Error {
  readonly exitCode: ExitCode

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
