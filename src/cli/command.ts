/** One command of the command line. */
export interface Command {
  /** What `lapine help NAME` prints. */
  readonly usage: string
  /** Resolves to the exit code when the command is done. `commands` are all of Lapine's own. */
  run(args: readonly string[], commands: CommandLoader): Promise<number>
}

/** Loads a command; undefined for a name that is none of Lapine's own. */
export type CommandLoader = (name: string) => Promise<Command> | undefined
