/** What the HTTP API answered instead of what was asked for; status 0 when it did not answer at all. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

let authorization: string | undefined
let onRefused: () => void = () => {}

/** Sets the header all requests carry from now on. */
export function authorize(header: string | undefined): void {
  authorization = header
}

/** Sets what happens when the broker no longer takes who is logged in. */
export function whenRefused(then: () => void): void {
  onRefused = then
}

/** The address of a path of the HTTP API, under whatever prefix the page was served from. */
export function apiUrl(path: string): string {
  return new URL(`api${path}`, document.baseURI).href
}

/** A path of the API; each part is escaped. ``path`/queues/${vhost}/${name}` `` */
export function path(texts: TemplateStringsArray, ...parts: readonly string[]): string {
  return texts.reduce((whole, text, n) => `${whole}${encodeURIComponent(parts[n - 1] ?? '')}${text}`)
}

/** The response to a request that succeeded; throws an ApiError otherwise. */
export async function fetchApi(
  method: Method,
  path: string,
  body?: unknown,
  abort?: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const response = await fetch(apiUrl(path), {
    method,
    // The browser shall neither send what it remembers nor ask for a password in a window of its own.
    credentials: 'omit',
    headers: {
      ...headers,
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(abort === undefined ? {} : { signal: abort }),
  }).catch((error: Error) => {
    if (error.name === 'AbortError') throw error
    throw new ApiError(0, error.message)
  })
  if (response.ok) return response
  const reason = await reasonOf(response)
  // 401 also says that this one thing is not allowed; a reason tells which.
  if (response.status === 401 && /^(|Login failed|Not_Authorized)$/.test(reason)) onRefused()
  throw new ApiError(response.status, reason === '' ? response.statusText : reason)
}

async function reasonOf(response: Response): Promise<string> {
  const text = await response.text().catch(() => '')
  try {
    const { reason, error } = JSON.parse(text) as { reason?: unknown; error?: unknown }
    return typeof reason === 'string' ? reason : JSON.stringify(reason ?? error ?? '')
  } catch {
    return text.slice(0, 300)
  }
}

/** The JSON of an answer; undefined for an empty one. Throws an ApiError. */
export async function ask<T>(
  method: Method,
  path: string,
  body?: unknown,
  abort?: AbortSignal,
  headers?: Readonly<Record<string, string>>,
): Promise<T> {
  const response = await fetchApi(method, path, body, abort, headers)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as T
}
