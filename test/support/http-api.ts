/** An answer of the HTTP API. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Headers
  /** Parsed, where it is JSON; undefined for nothing. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at what they asked for
  readonly body: any
}

/** Asks the HTTP API as one user. */
export class HttpApi {
  readonly #url: string
  readonly #login: { readonly authorization?: string }

  /** Without a password nothing is said of who asks. */
  constructor(url: string, user = 'guest', password: string | null = 'guest') {
    this.#url = url
    const encoded = Buffer.from(`${user}:${password}`).toString('base64')
    this.#login = password === null ? {} : { authorization: `Basic ${encoded}` }
  }

  get(path: string): Promise<HttpAnswer> {
    return this.ask('GET', path)
  }

  put(path: string, body?: unknown): Promise<HttpAnswer> {
    return this.ask('PUT', path, body)
  }

  post(path: string, body?: unknown): Promise<HttpAnswer> {
    return this.ask('POST', path, body)
  }

  delete(path: string): Promise<HttpAnswer> {
    return this.ask('DELETE', path)
  }

  async ask(method: string, path: string, body?: unknown): Promise<HttpAnswer> {
    const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const headers = { ...this.#login, 'content-type': 'application/json' }
    const response = await fetch(`${this.#url}${path}`, { method, headers, ...payload })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text || undefined }
  }
}
