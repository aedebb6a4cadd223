import type { JsonObject, JsonValue } from '../../std/json.ts'
import type { Method } from '../control/broker-client.ts'
import { AdminFailure, type AdminSession } from './admin-session.ts'

/** What one command of the second generation works with. */
export interface ActionInput {
  readonly session: AdminSession
  readonly options: Readonly<Record<string, string>>
  /** Escapes the parts of a path. */
  path(...parts: readonly string[]): string
}

type Answer =
  | undefined
  | { readonly text: string }
  | { readonly columns: readonly string[]; readonly rows: readonly JsonObject[] }

/** One command of the second generation. */
export interface Action {
  /** With a star those that must be given, with an exclamation mark flags. */
  readonly options: readonly string[]
  readonly letters?: Readonly<Record<string, string>>
  run(input: ActionInput): Promise<Answer>
}

/** Asks the API and has nothing to tell. */
export function deed(
  method: Method,
  options: readonly string[],
  where: (input: ActionInput) => string,
  body?: (input: ActionInput) => JsonValue,
): Action {
  return {
    options,
    run: async (input) => {
      const text = body === undefined ? '' : JSON.stringify(body(input))
      try {
        await input.session.ask(method, where(input), text)
      } catch (error) {
        const isGone = error instanceof AdminFailure && error.status === 404
        if (!isGone || input.options.idempotently === undefined) throw error
      }
      return undefined
    },
  }
}

/** A list of the API, in these columns. */
export function list(columns: string, where: (input: ActionInput) => string, options: readonly string[] = []): Action {
  return {
    options,
    run: async (input) => {
      const found = JSON.parse(await input.session.ask('GET', where(input))) as JsonObject | readonly JsonObject[]
      return { columns: columns.split(' '), rows: Array.isArray(found) ? found : [found as JsonObject] }
    },
  }
}
