import { type Core, openCore } from '../../../test/support/core.ts'
import type { Logger } from '../../std/logger.ts'
import type { BrokerSettings } from '../broker.ts'
import type { BrokerEvent } from '../events.ts'
import { Fault } from '../fault.ts'
import { type Actor, internalActor, operator } from './actor.ts'
import type { Administration } from './administration.ts'

/** The loopback of a test. */
export const peer = { address: '127.0.0.1:50000', ip: '127.0.0.1', loopback: true }

/** A broker core, its administration, and what it tells meanwhile. */
export interface Scene {
  readonly core: Core
  readonly admin: Administration
  /** The broker itself. */
  readonly root: Actor
  readonly events: BrokerEvent[]
  /** Lines of every category. */
  readonly lines: string[]
}

export async function openScene(settings: Partial<BrokerSettings> = {}): Promise<Scene> {
  const lines: string[] = []
  const core = await openCore({ settings, logger: lineLogger(lines) })
  const events: BrokerEvent[] = []
  core.broker.events.listen((event) => events.push(event))
  return { core, admin: core.broker.administration, root: internalActor('test'), events, lines }
}

/** Somebody new with these tags, logged in. */
export async function logIn({ core, admin, root }: Scene, name: string, tags: readonly string[]): Promise<Actor> {
  await admin.users.put(root, name, { password: { password: 'secret' }, tags })
  return operator(await core.broker.authenticate({ user: name, password: 'secret', peer }), 'http', peer.address)
}

/** Kind and text of the Fault an operation ends in. */
export async function faultOf(operation: Promise<unknown>): Promise<{ kind: string; message: string }> {
  try {
    await operation
  } catch (error) {
    if (error instanceof Fault) return { kind: error.kind, message: error.message }
    throw error
  }
  throw new Error('it was allowed')
}

function lineLogger(lines: string[]): Logger {
  const write = (level: string) => (message: string) => {
    lines.push(`${level} ${message}`)
  }
  const logger: Logger = {
    debug: write('debug'),
    info: write('info'),
    notice: write('notice'),
    warning: write('warning'),
    error: write('error'),
    critical: write('critical'),
    category: () => logger,
  }
  return logger
}
