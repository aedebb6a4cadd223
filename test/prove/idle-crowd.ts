import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { IdleShapeName } from './idle-shapes.ts'

const member = fileURLToPath(new URL('./idle-crowd-member.ts', import.meta.url))

/** A process may have 20,000 files open on many systems, and an address as many ports to another. */
const CONNECTIONS_PER_PROCESS = 9000

/** Many idle connections of one kind, held by processes of their own. */
export class IdleCrowd {
  readonly #members: readonly ChildProcess[]

  private constructor(members: readonly ChildProcess[]) {
    this.#members = members
  }

  /** Resolves when all are open; fails when one could not be. */
  static async gather(port: number, count: number, shape: IdleShapeName): Promise<IdleCrowd> {
    const processes = Math.ceil(count / CONNECTIONS_PER_PROCESS)
    const members = Array.from({ length: processes }, (_, index) => {
      const share = Math.floor(count / processes) + (index < count % processes ? 1 : 0)
      return fork(member, [String(port), String(share), `127.0.0.${2 + index}`, shape])
    })
    const crowd = new IdleCrowd(members)
    try {
      await Promise.all(members.map(answer))
    } catch (error) {
      await crowd.scatter()
      throw error
    }
    return crowd
  }

  /** How many are open still. */
  async size(): Promise<number> {
    const answers = members(this.#members, (child) => {
      const answered = answer(child)
      child.send('count')
      return answered
    })
    return (await answers).reduce((sum, open) => sum + open, 0)
  }

  /** Ends all connections at once, as the fall of a machine or a network would. */
  async scatter(): Promise<void> {
    await members(this.#members, async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    })
  }
}

function members<T>(all: readonly ChildProcess[], ask: (child: ChildProcess) => Promise<T>): Promise<T[]> {
  return Promise.all(all.map(ask))
}

async function answer(child: ChildProcess): Promise<number> {
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`a member of the crowd ended with ${code}`)
  })
  failed.catch(() => undefined)
  const [{ open }] = (await Promise.race([once(child, 'message'), failed])) as [{ open: number }]
  return open
}
