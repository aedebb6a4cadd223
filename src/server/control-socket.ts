import { chmodSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
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
 * Serves a protocol (the HTTP API) at a Unix socket in the data directory, which only its owner may open; answers how to stop.
 * Where the system cannot (a path that is too long, a file system without sockets), the broker runs without.
 */
export async function openControlSocket(
  dataDirectory: string,
  protocol: Protocol,
  logger: Logger,
): Promise<() => Promise<void>> {
  const path = controlSocketPath(dataDirectory)
  // Left by a broker that was killed: the lock of the directory says that it is gone.
  rmSync(path, { force: true })
  const server = createServer((socket) => protocol.accept(socket, OWNER))
  const problem = await new Promise<Error | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen(path, () => resolve(undefined))
  })
  if (problem !== undefined) {
    logger.warning(`the command line cannot come in by ${path}: ${problem.message}`)
    return async () => {}
  }
  server.on('error', (error) => logger.error(`control socket: ${error.message}`))
  chmodSync(path, 0o600)
  server.unref()
  return async () => {
    server.close()
  }
}
