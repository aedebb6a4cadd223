import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type IdleShapeName, idleShapeNamed } from './idle-shapes.ts'

/** A process that holds many idle connections, told by its parent which: `idle-crowd-member.ts PORT COUNT ADDRESS SHAPE`. */
const [port, count, localAddress] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]!]
const shape = idleShapeNamed(process.argv[5] as IdleShapeName)

const AT_ONCE = 100
const sockets: Socket[] = []
let lost = 0

async function open(serial: number): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true })
  socket.on('error', () => {})
  socket.on('close', () => lost++)
  await once(socket, 'connect')
  socket.write(shape.login(`${localAddress}-${serial}`))
  await new Promise<void>((resolve, reject) => {
    const isOpen = shape.watch()
    socket.on('data', (chunk: Buffer) => {
      if (isOpen(chunk)) resolve()
    })
    socket.on('close', () => reject(new Error('the broker closed a connection that should be open')))
  })
  socket.removeAllListeners('data')
  socket.resume()
  sockets.push(socket)
}

// From the beginning: on a busy machine the first may have to beat before the last is open.
setInterval(() => {
  for (const socket of sockets) socket.write(shape.beat)
}, shape.beatMilliseconds)
let left = count
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (left > 0) await open(left--)
  }),
)
process.send?.({ open: sockets.length })
process.on('message', () => process.send?.({ open: sockets.length - lost }))
