import { createServer, type Server, type Socket } from 'node:net'
import type { Protocol, SocketPeer } from '../plugin.ts'
import type { Logger } from '../std/logger.ts'
import type { ListenAddress } from './conf-value.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

/** A bound TCP socket that hands what it accepts to a protocol. */
export interface TcpListener {
  readonly protocol: string
  readonly host: string
  readonly port: number
  /** Accepts no more; connections already accepted live on. */
  close(): Promise<void>
}

/** Binds `address`. Throws a StartRefusal in one sentence when it cannot. */
export async function openTcpListener(
  address: ListenAddress,
  protocol: Protocol,
  logger: Logger,
): Promise<TcpListener> {
  const server = createServer({ noDelay: true }, (socket) => accept(socket, protocol))
  await listen(server, address)
  server.on('error', (error) => logger.error(`accepting ${protocol.name} connections: ${error.message}`))
  server.on('drop', (data) =>
    logger.warning(`refused a connection from ${data?.remoteAddress ?? 'an unknown address'}`),
  )
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server has an address and a port')
  logger.info(`started TCP listener on ${writeAddress(bound.address, bound.port)}`)
  return {
    protocol: protocol.name,
    host: bound.address,
    port: bound.port,
    close: () =>
      new Promise((resolve) => {
        // `close` also waits for the connections to end; the protocol closes those.
        server.close()
        server.unref()
        resolve()
        logger.info(`stopped TCP listener on ${writeAddress(bound.address, bound.port)}`)
      }),
  }
}

function accept(socket: Socket, protocol: Protocol): void {
  // A peer that is gone by now has no address any more, and nobody to answer.
  if (socket.remoteAddress === undefined || socket.localAddress === undefined) {
    socket.destroy()
    return
  }
  protocol.accept(socket, describePeer(socket))
}

function describePeer(socket: Socket): SocketPeer {
  const remoteAddress = unmapped(socket.remoteAddress ?? '')
  return {
    remoteAddress,
    remotePort: socket.remotePort ?? 0,
    localAddress: unmapped(socket.localAddress ?? ''),
    localPort: socket.localPort ?? 0,
    loopback: isLoopback(remoteAddress),
    tls: false,
  }
}

/** An IPv4 address as such where a socket for both families shows it as `::ffff:127.0.0.1`. */
export function unmapped(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address
}

/** Judges the peer's own address (never the one it connected to), mapped or not. */
export function isLoopback(address: string): boolean {
  return address === '::1' || /^127\.\d+\.\d+\.\d+$/.test(unmapped(address))
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(explain(error, address)))
    server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function explain(error: NodeJS.ErrnoException, { host, port }: ListenAddress): StartRefusal {
  const where = host === undefined ? `port ${port}` : `port ${port} on ${host}`
  switch (error.code) {
    case 'EADDRINUSE':
      return new StartRefusal(ExitCode.unavailable, `${where} is in use by another program`, { cause: error })
    case 'EACCES':
      return new StartRefusal(ExitCode.unavailable, `this user may not listen on ${where}`, { cause: error })
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartRefusal(ExitCode.config, `${host} is not an address of this machine`, { cause: error })
    default:
      return new StartRefusal(ExitCode.unavailable, `cannot listen on ${where}: ${error.message}`, { cause: error })
  }
}

/** `127.0.0.1:5672`, `[::]:5672`. */
export function writeAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
