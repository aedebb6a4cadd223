import { createServer, type Server as HttpServer, type IncomingMessage } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Identity } from './certificates.ts'

/** One question that came to an HTTP service. */
export interface HttpQuestion {
  readonly method: string
  readonly path: string
  readonly parameters: Readonly<Record<string, string>>
}

export interface HttpReply {
  readonly status?: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What a service answers; never, where it is undefined. */
export type Answering = (question: HttpQuestion) => string | HttpReply | undefined | Promise<string | HttpReply>

/** An HTTP service of the test, which remembers what it was asked. */
export class FakeHttpService {
  readonly questions: HttpQuestion[] = []
  answer: Answering
  readonly #server: HttpServer
  readonly #scheme: string

  private constructor(server: HttpServer, scheme: string, answer: Answering) {
    this.#server = server
    this.#scheme = scheme
    this.answer = answer
    server.on('request', async (request, response) => {
      const question = await readQuestion(request)
      this.questions.push(question)
      const reply = await this.answer(question)
      if (reply === undefined) return
      const { status = 200, body, headers = {} } = typeof reply === 'string' ? { body: reply } : reply
      response.writeHead(status, { ...headers }).end(body)
    })
  }

  static async start(answer: Answering, identity?: Identity): Promise<FakeHttpService> {
    const server = identity === undefined ? createServer() : createSecureServer({ ...identity })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return new FakeHttpService(server, identity === undefined ? 'http' : 'https', answer)
  }

  get url(): string {
    const host = this.#scheme === 'https' ? 'localhost' : '127.0.0.1'
    return `${this.#scheme}://${host}:${(this.#server.address() as AddressInfo).port}`
  }

  /** Questions to one path. */
  askedAt(path: string): HttpQuestion[] {
    return this.questions.filter((question) => question.path === path)
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
    })
  }
}

async function readQuestion(request: IncomingMessage): Promise<HttpQuestion> {
  let body = ''
  for await (const chunk of request) body += chunk
  const url = new URL(request.url ?? '/', 'http://service')
  const parameters = request.method === 'POST' ? new URLSearchParams(body) : url.searchParams
  return { method: request.method ?? '', path: url.pathname, parameters: Object.fromEntries(parameters) }
}
