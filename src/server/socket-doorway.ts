import net from 'node:net'
import type { Doorway } from '../store/directory-lock.ts'
import { errorCode } from '../store/disk.ts'

/** What connecting to a socket says behind which nobody is: the listener has gone, the file has, or it is no socket. */
const nobody: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'])

/** Doors of lock files as Unix sockets. */
export const socketDoorway: Doorway = {
  async open(path) {
    const server = net.createServer((visitor) => visitor.destroy())
    server.unref()
    const listens = await new Promise<boolean>((resolve) => {
      server.on('error', () => resolve(false))
      server.listen(path, () => resolve(true))
    })
    if (!listens) return undefined
    return { close: () => new Promise((resolve) => server.close(() => resolve())) }
  },
  isOpen: (path) =>
    new Promise((resolve) => {
      const socket = net.connect(path)
      socket.on('connect', () => {
        socket.destroy()
        resolve(true)
      })
      // Whoever is too busy to answer, or does not let us in, is there.
      socket.on('error', (error) => resolve(!nobody.has(errorCode(error))))
    }),
}
