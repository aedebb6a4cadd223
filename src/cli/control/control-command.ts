import type { BrokerClient } from './broker-client.ts'
import type { Output } from './output.ts'

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

/** What a command was given. */
export interface Given {
  /** Positional arguments, as many as the command says. */
  readonly args: readonly string[]
  readonly vhost: string
  /** Options of the command's own; a flag is `'true'`. */
  readonly options: Readonly<Record<string, string>>
  /** Reads what comes on standard input. */
  readInput(): Promise<string>
}

/** One command of `rabbitmqctl` and its kin. */
export interface ControlCommand {
  readonly summary: string
  /** Names of the arguments; `[name]` may be left out, and with `...` there may be any number. */
  readonly parameters: readonly string[]
  /** Options that take a value, and (with a `!`) flags. */
  readonly options?: readonly string[]
  /** Works in one virtual host: takes `--vhost`. */
  readonly inVhost?: true
  /** What is printed first, unless told to be quiet. */
  banner?(given: Given): string
  run(broker: BrokerClient, given: Given): Promise<Output>
}

export type ControlCommands = Readonly<Record<string, ControlCommand>>
