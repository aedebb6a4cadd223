import type { Socket } from 'node:net'
import { createServer, type Server, type TLSSocket } from 'node:tls'
import type { TlsSession } from '../plugin.ts'
import type { TlsCredentials } from './tls-credentials.ts'
import { peerRefusal, SocketTls } from './tls-peer.ts'

/** What comes of a handshake. A stream that failed ends by itself, and with it its socket. */
export interface HandshakeOutcome {
  done(stream: TLSSocket, session: TlsSession): void
  failed(reason: string): void
}

/** Node's own limit, which ours never lets it reach. */
const NODE_HANDSHAKE_MILLISECONDS = 2 ** 31 - 1

/** Turns sockets into TLS streams, with the credentials of the moment. */
export class TlsDoor {
  readonly #server: Server
  readonly #credentials: TlsCredentials
  readonly #stopListening: () => void
  /** Sockets in their handshake, by the address of their peer, which is all a TLS socket shows of them. */
  readonly #pending = new Map<string, HandshakeOutcome>()

  constructor(credentials: TlsCredentials) {
    this.#credentials = credentials
    const options = {
      requestCert: credentials.settings.verifiesPeer,
      // Judged when the handshake is done, where the reason can be told.
      rejectUnauthorized: false,
      handshakeTimeout: NODE_HANDSHAKE_MILLISECONDS,
      SNICallback: this.#onServerName,
    }
    this.#server = createServer({ ...credentials.options, ...options })
    this.#server.on('secureConnection', (stream) => this.#onSecure(stream))
    // The TLS stream alone is destroyed: doing it to the socket below as well, while OpenSSL calls, ends the process.
    this.#server.on('tlsClientError', (error, stream) => {
      this.#take(stream)?.failed(reasonOf(error))
      stream.destroy()
    })
    this.#stopListening = credentials.onChange((changed) => this.#server.setSecureContext(changed))
  }

  open(socket: Socket, outcome: HandshakeOutcome): void {
    const key = keyOf(socket)
    this.#pending.set(key, outcome)
    socket.on('close', () => {
      if (this.#pending.get(key) === outcome) this.#pending.delete(key)
    })
    this.#server.emit('connection', socket)
  }

  close(): void {
    this.#stopListening()
    this.#server.close()
  }

  #onSecure(stream: TLSSocket): void {
    const outcome = this.#take(stream)
    if (outcome === undefined) {
      stream.destroy()
      return
    }
    const refusal = peerRefusal(stream, this.#credentials)
    const { verifiesPeer } = this.#credentials.settings
    if (refusal === undefined) return outcome.done(stream, new SocketTls(stream, verifiesPeer))
    outcome.failed(refusal)
    stream.destroy()
  }

  #take(stream: TLSSocket): HandshakeOutcome | undefined {
    const key = keyOf(stream)
    const outcome = this.#pending.get(key)
    this.#pending.delete(key)
    return outcome
  }

  /** What it throws would end the process. */
  readonly #onServerName = (
    name: string,
    answer: (error: Error | null, context?: ReturnType<TlsCredentials['contextFor']>) => void,
  ): void => {
    try {
      answer(null, this.#credentials.contextFor(name))
    } catch (error) {
      answer(error as Error)
    }
  }
}

function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`
}

/** OpenSSL's short reason where it has one: its messages begin with the number of a thread. */
function reasonOf(error: Error): string {
  const { reason, code } = error as Error & { reason?: string; code?: string }
  return reason ?? code ?? error.message
}
