import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest, type RequestOptions as SecureOptions } from 'node:https'
import type { JsonValue } from '../../std/json.ts'

/** Where a broker is spoken to: its control socket, or the URL of its HTTP API with user and password. */
export type BrokerAddress = { readonly socket: string } | { readonly url: URL; readonly tls?: TlsOptions }

/** What a server's certificate is checked against, and what is shown to it. */
export type TlsOptions = Pick<SecureOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized' | 'checkServerIdentity'>

/** The broker answered no. */
export class BrokerRefusal extends Error {
  readonly status: number

  constructor(status: number, reason: string) {
    super(reason)
    this.status = status
  }
}

/** Nobody answered, or not in time. */
export class BrokerUnreachable extends Error {
  readonly timedOut: boolean

  constructor(message: string, options: { timedOut?: boolean } = {}) {
    super(message)
    this.timedOut = options.timedOut ?? false
  }
}

export interface BrokerAnswer {
  readonly status: number
  readonly body: JsonValue
}

export type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

/** Asks the HTTP API of one broker. Rejects with a BrokerRefusal for a status from 400 on, and with BrokerUnreachable. */
export class BrokerClient {
  readonly #address: BrokerAddress
  readonly #timeoutMilliseconds: number

  constructor(address: BrokerAddress, timeoutMilliseconds: number) {
    this.#address = address
    this.#timeoutMilliseconds = timeoutMilliseconds
  }

  /** Spoken to by its socket: it runs on this machine. */
  get isLocal(): boolean {
    return 'socket' in this.#address
  }

  /** The parts of a path are escaped here. */
  async get(...path: readonly string[]): Promise<JsonValue> {
    return (await this.ask('GET', path)).body
  }

  async ask(
    method: Method,
    path: readonly string[],
    body?: JsonValue,
    headers: Record<string, string> = {},
  ): Promise<BrokerAnswer> {
    const text = body === undefined ? '' : JSON.stringify(body)
    const answer = await this.#send(method, `/api/${path.map(encodeURIComponent).join('/')}`, text, headers)
    const { statusCode: status = 500 } = answer
    const content = await contentOf(answer)
    if (status < 400) return { status, body: content === '' ? null : (JSON.parse(content) as JsonValue) }
    throw new BrokerRefusal(status, reasonOf(content) ?? `the broker answered ${status}`)
  }

  /** A path of the API as it is, with its query, and a body as it is. Every answer is one, whatever its status. */
  async request(method: Method, path: string, body = ''): Promise<{ status: number; text: string }> {
    const answer = await this.#send(method, `/api${path}`, body, {})
    return { status: answer.statusCode ?? 500, text: await contentOf(answer) }
  }

  #send(method: Method, path: string, body: string, headers: Record<string, string>): Promise<IncomingMessage> {
    const options: RequestOptions = {
      method,
      path,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      timeout: this.#timeoutMilliseconds,
    }
    return new Promise((resolve, reject) => {
      const request = this.#open(options)
      request.on('response', resolve)
      request.on('timeout', () =>
        request.destroy(new BrokerUnreachable('the broker did not answer in time', { timedOut: true })),
      )
      request.on('error', (error) =>
        reject(error instanceof BrokerUnreachable ? error : unreachable(this.#address, error)),
      )
      request.end(body)
    })
  }

  #open(options: RequestOptions) {
    if ('socket' in this.#address) return httpRequest({ ...options, socketPath: this.#address.socket })
    const { url, tls } = this.#address
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const prefix = url.pathname.replace(/\/$/, '').replace(/\/api$/, '')
    const auth = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    return send({
      ...options,
      ...tls,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path: `${prefix}${options.path}`,
      auth,
    })
  }
}

function unreachable(address: BrokerAddress, error: Error): BrokerUnreachable {
  const where = 'socket' in address ? `socket ${address.socket}` : `${address.url.protocol}//${address.url.host}`
  return new BrokerUnreachable(`no broker answers at ${where} (${error.message})`)
}

async function contentOf(answer: IncomingMessage): Promise<string> {
  let content = ''
  for await (const text of answer.setEncoding('utf8')) content += text
  return content
}

function reasonOf(content: string): string | undefined {
  try {
    const { reason, error } = JSON.parse(content) as { reason?: unknown; error?: unknown }
    return typeof reason === 'string' ? reason : typeof error === 'string' ? error : undefined
  } catch {
    return undefined
  }
}
