/** One command of the command line. */
export interface Command {
  /** One line for `lapine help`. */
  readonly summary: string
  /** What `lapine help NAME` prints. */
  readonly usage: string
  /** Resolves to the exit code when the command is done. */
  run(args: readonly string[]): Promise<number>
}
