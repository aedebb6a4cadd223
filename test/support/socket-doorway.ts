import net from 'node:net'
import type { Doorway } from '../../src/store/directory-lock.ts'
import { errorCode } from '../../src/store/disk.ts'

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
      // Refused or gone: nobody is behind it. Not permitted: it is somebody else's.
      socket.on('error', (error) => resolve(errorCode(error) === 'EACCES'))
    }),
}
