import type { JsonValue } from '../../std/json.ts'
import { BrokerClient, BrokerUnreachable, type Method } from '../control/broker-client.ts'
import { addressOf } from './admin-options.ts'

/** What the tool is written to and read from. */
export interface AdminTerminal {
  out(text: string): void
  error(text: string): void
  readInputBytes(): Promise<Buffer>
  readonly environment: NodeJS.ProcessEnv
}

/** The broker said no, or nobody answered. */
export class AdminFailure extends Error {
  readonly status: number

  /** `status` is that of HTTP; 0 where nobody answered. */
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const DEFAULT_SECONDS = 120

/** One run of `rabbitmqadmin`: whom it speaks to and how it talks. */
export class AdminSession {
  readonly values: Readonly<Record<string, string>>
  readonly isQuiet: boolean
  readonly #terminal: AdminTerminal
  readonly #client: BrokerClient

  constructor(values: Readonly<Record<string, string>>, terminal: AdminTerminal) {
    this.values = values
    this.isQuiet = values.quiet !== undefined
    this.#terminal = terminal
    this.#client = new BrokerClient(addressOf(values), Number(values['request-timeout'] ?? DEFAULT_SECONDS) * 1000)
  }

  get host(): string {
    return this.values.host ?? 'localhost'
  }

  get vhost(): string {
    return this.values.vhost ?? '/'
  }

  out(text: string): void {
    this.#terminal.out(text)
  }

  /** A line that `-q` leaves out. */
  tell(line: string): void {
    if (!this.isQuiet) this.#terminal.out(`${line}\n`)
  }

  readInputBytes(): Promise<Buffer> {
    return this.#terminal.readInputBytes()
  }

  /** JSON in an argument. */
  parse(text: string): JsonValue {
    try {
      return JSON.parse(text) as JsonValue
    } catch {
      throw new AdminFailure(400, `Could not parse JSON:\n  ${text}`)
    }
  }

  /** Asks the HTTP API. Rejects with an AdminFailure for anything but success. */
  async ask(method: Method, path: string, body = ''): Promise<string> {
    const { status, text } = await this.#client.request(method, path, body).catch((error: unknown) => {
      if (!(error instanceof BrokerUnreachable)) throw error
      const reason = error.timedOut
        ? `Timed out getting HTTP response (request timeout: ${this.values['request-timeout'] ?? DEFAULT_SECONDS} seconds)`
        : `Could not connect: ${error.message}. Is the management plug-in there? -H and -P name its address.`
      throw new AdminFailure(0, reason)
    })
    if (status < 400) return text
    if (status === 401) throw new AdminFailure(401, `Access refused: /api${path}`)
    if (status === 404) throw new AdminFailure(404, `Not found: /api${path}`)
    throw new AdminFailure(status, reasonIn(text) ?? `Received response ${status} for path /api${path}`)
  }
}

function reasonIn(text: string): string | undefined {
  try {
    const { reason } = JSON.parse(text) as { reason?: unknown }
    return typeof reason === 'string' ? reason : undefined
  } catch {
    return undefined
  }
}
