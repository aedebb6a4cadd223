import type { Actor } from './actor.ts'
import type { DefinitionItem } from './definition-item.ts'

/** What definitions are read into. */
export interface ImportScope {
  readonly actor: Actor
  /** The one virtual host all is read into; undefined for each where the file says. */
  readonly vhost: string | undefined
  /** Virtual hosts whose policies changed. */
  readonly touchedVhosts: Set<string>
  /** Whether there is such a virtual host, or will be when all was read. */
  hasVhost(name: string): boolean
  hasUser(name: string): boolean
}

/** One of the lists in a file of definitions. */
export interface ImportCategory {
  /** The list's name in the file. */
  readonly key: string
  /** For people. */
  readonly title: string
  /** Part of the definitions of a single virtual host. */
  readonly inVhost: boolean
  /** Throws a Fault with RabbitMQ's text for what cannot be taken over. Changes nothing. */
  check(item: DefinitionItem, scope: ImportScope): void
  apply(item: DefinitionItem, scope: ImportScope): void | Promise<void>
  /** All of it was read. */
  done?(scope: ImportScope): Promise<void>
}
