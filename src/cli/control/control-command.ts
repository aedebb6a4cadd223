import type { BrokerClient } from './broker-client.ts'
import type { Formatter, Output } from './output.ts'

/** Exit codes of RabbitMQ's command line tools. */
export const ControlExit = {
  ok: 0,
  usage: 64,
  /** An argument is no good, or a password wrong. */
  data: 65,
  noUser: 67,
  unavailable: 69,
  software: 70,
  timeout: 75,
} as const

/** A command that cannot be carried out: why, and its exit code. */
export class ControlError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

/** An argument that is no good, told with how the command is used. */
export class BadArgument extends ControlError {
  constructor(reason = '') {
    super(ControlExit.data, `Bad argument${reason === '' ? '.' : `: ${reason}`}`)
  }
}

/** What a command was given. */
export interface Given {
  /** Positional arguments, as many as the command says. */
  readonly args: readonly string[]
  readonly vhost: string
  /** Options of the command's own; a flag is `'true'`. */
  readonly options: Readonly<Record<string, string>>
  /** The node that is meant, `rabbit@host`. */
  readonly node: string
  /** Of `--data-dir`, where it was given. */
  readonly dataDirectory: string | undefined
  readonly timeoutMilliseconds: number
  readonly environment: NodeJS.ProcessEnv
  /** Reads what comes on standard input. */
  readInput(): Promise<string>
  /** Writes something out before the command is done. */
  print(text: string): void
}

/** One command of `rabbitmqctl` and its kin. */
export interface ControlCommand {
  readonly summary: string
  /** Names of the arguments; `[name]` may be left out, and with `...` there may be any number. */
  readonly parameters: readonly string[]
  /** Options that take a value, and (with a `!`) flags. */
  readonly options?: readonly string[]
  /** Why it does nothing, or cannot be: for the table of the manual. Undefined for what works. */
  readonly state?: CommandState
  /** How its answer looks unless asked for otherwise. */
  readonly formatter?: Formatter
  /** Works in one virtual host: takes `--vhost`. */
  readonly inVhost?: true
  /** What is printed first, unless told to be quiet. */
  banner?(given: Given): string
  run(broker: BrokerClient, given: Given): Promise<Output>
}

/** `accepted`: succeeds without an effect; `refused`: fails with a message. */
export interface CommandState {
  readonly kind: 'accepted' | 'refused'
  readonly because: string
}

export type ControlCommands = Readonly<Record<string, ControlCommand>>
