import { refresh } from './live.ts'
import { apiUrl, ask, type Method } from './request.ts'

/** One change of the broker, as a request that can also be copied. */
export interface Action {
  readonly method: Exclude<Method, 'GET'>
  /** Below `/api`, escaped. */
  readonly path: string
  readonly body?: unknown
  /** Headers it has besides the usual ones, such as `x-reason`. */
  readonly headers?: Readonly<Record<string, string>>
  /** The same as a command of the `lapine` (or `rabbitmqctl`) command line, without its name; absent where there is none. */
  readonly cli?: string
}

/** Carries it out and brings the screen up to date; throws an ApiError. */
export async function carryOut<T = unknown>(action: Action): Promise<T> {
  try {
    return await ask<T>(action.method, action.path, action.body, undefined, action.headers)
  } finally {
    refresh()
  }
}

/** The action as a command for curl, which asks for the password. */
export function curlOf({ method, path, body, headers = {} }: Action, user: string): string {
  const more = Object.entries(headers).map(([name, value]) => ` -H ${quote(`${name}: ${value}`)}`)
  const data = body === undefined ? '' : ` \\\n  -H 'content-type: application/json' -d ${quote(JSON.stringify(body))}`
  return `curl -u ${quote(user)} -X ${method} ${quote(apiUrl(path))}${more.join('')}${data}`
}

/** The action for the command line. */
export function cliOf({ cli }: Action): string | undefined {
  return cli === undefined ? undefined : `lapine ${cli}`
}

/** A word for a shell. */
export function quote(text: string): string {
  return /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
