import { BrokerRefusal } from './broker-client.ts'
import { ControlError, ControlExit } from './control-command.ts'

/** Turns what the broker refuses into RabbitMQ's words: `texts` by HTTP status. */
export async function explained<T>(
  work: Promise<T>,
  texts: Readonly<Record<number, readonly [exitCode: number, text: string]>>,
): Promise<T> {
  try {
    return await work
  } catch (error) {
    const known = error instanceof BrokerRefusal ? texts[error.status] : undefined
    throw known === undefined ? error : new ControlError(...known)
  }
}

export function noUser(name: string): readonly [number, string] {
  return [ControlExit.noUser, `User "${name}" does not exist`]
}

export function noVhost(name: string): readonly [number, string] {
  return [ControlExit.unavailable, `Virtual host '${name}' does not exist`]
}

/** Takes it for done where there is nothing to do it to any more. */
export async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof BrokerRefusal && error.status === 404)) throw error
  }
}

/** The node answers, but its application is stopped. */
export function isStopped(error: unknown): boolean {
  return error instanceof BrokerRefusal && error.status === 503
}
