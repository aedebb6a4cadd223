import type { Access, QueueDeclaration } from '../../broker/access.ts'
import { Fault } from '../../broker/fault.ts'

/**
 * The queues of `/queue` that one client has used. They are declared once, with what its first frame about them asks for:
 * who subscribes with arguments can send without repeating them.
 */
export class DeclaredQueues {
  readonly #access: Access
  readonly #names = new Set<string>()

  constructor(access: Access) {
    this.#access = access
  }

  /** It was declared, and nobody has deleted it since. */
  has(name: string): boolean {
    if (!this.#names.has(name)) return false
    try {
      this.#access.checkQueue(name)
      return true
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return error.kind !== 'not-found'
    }
  }

  async declare(declaration: QueueDeclaration): Promise<void> {
    await this.#access.declareQueue(declaration)
    this.#names.add(declaration.name)
  }
}
