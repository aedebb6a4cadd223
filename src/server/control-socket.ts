import { chmodSync, rmSync } from 'node:fs'
import type { Server as HttpServer, RequestListener } from 'node:http'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Protocol, SocketPeer } from '../plugin.ts'
import type { Logger } from '../std/logger.ts'

/** Where the command line finds a broker that runs on this machine. */
export function controlSocketPath(dataDirectory: string): string {
  return join(dataDirectory, 'control.sock')
}

/** Whoever may open the file may do everything with the broker: it is as good as the data beside it. */
const OWNER: SocketPeer = {
  remoteAddress: '127.0.0.1',
  remotePort: 0,
  localAddress: '127.0.0.1',
  localPort: 0,
  loopback: true,
  tls: undefined,
  owner: true,
}

/**
 * A Unix socket in the data directory, which only its owner may open. The HTTP API is served at it while the broker runs, and
 * what little there is to say while it does not.
 */
export class ControlSocket {
  readonly #server: Server
  readonly #answerWhileStopped: RequestListener
  #whileStopped: HttpServer | undefined
  readonly #sockets = new Set<Socket>()
  #protocol: Protocol | undefined

  private constructor(whileStopped: RequestListener) {
    this.#server = createServer((socket) => this.#onSocket(socket))
    this.#answerWhileStopped = whileStopped
  }

  /** Undefined, and told to the log, where the system cannot: a path that is too long, a file system without sockets. */
  static async open(
    dataDirectory: string,
    logger: Logger,
    whileStopped: RequestListener = unavailable,
  ): Promise<ControlSocket | undefined> {
    const path = controlSocketPath(dataDirectory)
    if (process.platform === 'win32') return undefined
    // Left by a broker that was killed: the lock of the directory says that it is gone.
    rmSync(path, { force: true })
    const control = new ControlSocket(whileStopped)
    const server = control.#server
    const problem = await new Promise<Error | undefined>((resolve) => {
      server.once('error', resolve)
      server.listen(path, () => resolve(undefined))
    })
    if (problem !== undefined) {
      logger.warning(`the command line cannot come in by ${path}: ${problem.message}`)
      return undefined
    }
    server.on('error', (error) => logger.error(`control socket: ${error.message}`))
    chmodSync(path, 0o600)
    server.unref()
    return control
  }

  /** Hands those who come from now on to the HTTP API of a broker, or (undefined) to what answers while none runs. */
  serve(protocol: Protocol | undefined): void {
    // While no broker runs, nothing else keeps the process alive.
    if (protocol === undefined) this.#server.ref()
    else this.#server.unref()
    this.#protocol = protocol
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Loaded when it is first needed, and not imported: as an ES module `node:http` brings all of `fetch` with it. */
  #stoppedServer(): HttpServer {
    const { createServer } = process.getBuiltinModule('node:http')
    this.#whileStopped ??= createServer(this.#answerWhileStopped)
    return this.#whileStopped
  }

  #onSocket(socket: Socket): void {
    if (this.#protocol !== undefined) return this.#protocol.accept(socket, OWNER)
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    this.#stoppedServer().emit('connection', socket)
  }
}

const unavailable: RequestListener = (_request, response) => {
  response.writeHead(503).end()
}
