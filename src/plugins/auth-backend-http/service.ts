import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Clock } from '../../std/clock.ts'
import type { AuthHttpSettings } from './settings.ts'

/** Names and values of a question, in their order. */
export type Parameters = readonly (readonly [name: string, value: string])[]

/** Connections to the service that may be open at a time; further questions wait. */
const SOCKETS_MAX = 64

/** An answer is one word, with tags or a reason behind it. */
const ANSWER_BYTES_MAX = 64 * 1024

/** The service, and the connections to it that are kept. Redirections are not followed. */
export class HttpService {
  readonly #settings: AuthHttpSettings
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: SOCKETS_MAX })
  readonly #https: HttpsAgent

  readonly #clock: Clock

  constructor(settings: AuthHttpSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
    this.#https = new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS_MAX, ...settings.tls })
  }

  /** The text of the answer, trimmed. Rejects when there is none, or one with another status than 200 or 201. */
  async ask(path: string, parameters: Parameters): Promise<string> {
    const form = new URLSearchParams(parameters.map(([name, value]) => [name, value] as [string, string])).toString()
    const { status, text } = await this.#askTwice(path, form)
    if (status !== 200 && status !== 201) throw new Error(`the HTTP service answered with status ${status}`)
    return text.trim()
  }

  close(): void {
    this.#http.destroy()
    this.#https.destroy()
  }

  /** A connection that was kept may have been closed at the other end just now: then once more, on a new one. */
  async #askTwice(path: string, form: string): Promise<Answer> {
    try {
      return await this.#askOnce(path, form)
    } catch (error) {
      if (!(error instanceof KeptConnectionLost)) throw error
      return await this.#askOnce(path, form)
    }
  }

  #askOnce(path: string, form: string): Promise<Answer> {
    const { method, requestMilliseconds, connectionMilliseconds } = this.#settings
    const isPost = method === 'post'
    const url = new URL(path)
    if (!isPost) url.search = url.search === '' ? form : `${url.search}&${form}`
    const isSecure = url.protocol === 'https:'
    const options = {
      method: method.toUpperCase(),
      agent: isSecure ? this.#https : this.#http,
      ...(isPost ? { headers: postHeaders(form) } : {}),
    }
    return new Promise((resolve, reject) => {
      const request = (isSecure ? requestHttps : requestHttp)(url, options)
      const late = () => request.destroy(new Error(`no answer of the HTTP service within ${requestMilliseconds} ms`))
      const timer = this.#clock.after(requestMilliseconds, late)
      const finish = (): void => timer.cancel()
      request.on('error', (error) => {
        finish()
        reject(explain(error, request.reusedSocket))
      })
      request.on('response', (response) => readText(response).then(resolve, reject).finally(finish))
      request.on('socket', (socket) => this.#limitConnecting(request, socket, connectionMilliseconds))
      request.end(isPost ? form : undefined)
    })
  }

  #limitConnecting(request: ClientRequest, socket: Socket, milliseconds: number): void {
    if (!socket.connecting) return
    const late = new Error(`no connection to the HTTP service within ${milliseconds} ms`)
    const timer = this.#clock.after(milliseconds, () => request.destroy(late))
    socket.once('connect', () => timer.cancel())
    socket.once('close', () => timer.cancel())
  }
}

interface Answer {
  readonly status: number
  readonly text: string
}

class KeptConnectionLost extends Error {}

function postHeaders(form: string): Record<string, string> {
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(form)),
  }
}

async function readText(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > ANSWER_BYTES_MAX) throw new Error(`the HTTP service answered with more than ${ANSWER_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return { status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }
}

/** Nothing of the request, which holds a password, gets into the message. */
function explain(error: Error, isReused: boolean): Error {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  if (isReused && (code === 'ECONNRESET' || code === 'EPIPE')) return new KeptConnectionLost(code)
  return new Error(`the HTTP service cannot be asked: ${code}`)
}
