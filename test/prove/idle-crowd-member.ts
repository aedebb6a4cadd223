import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { FrameDecoder, type FrameHandler } from '../../src/wire/amqp091/frame.ts'
import { frame, method, protocolHeader } from '../support/wire-client.ts'
import { modernCapabilities } from '../support/wire-login.ts'

/** A process that holds many idle connections, told by its parent how many: `idle-crowd-member.ts PORT COUNT ADDRESS`. */
const [port, count, localAddress] = [Number(process.argv[2]), Number(process.argv[3]), process.argv[4]!]

const AT_ONCE = 100
const HEARTBEAT_SECONDS = 60

const login = Buffer.concat([
  protocolHeader,
  method(0, 'connection.start-ok', {
    properties: {
      product: 'crowd',
      version: '1.0.0',
      platform: 'Node.js',
      information: 'a connection that does nothing',
      capabilities: modernCapabilities,
    },
    mechanism: 'PLAIN',
    response: '\0guest\0guest',
    locale: 'en_US',
  }),
  method(0, 'connection.tune-ok', { channelMax: 2047, frameMax: 131072, heartbeat: HEARTBEAT_SECONDS }),
  method(0, 'connection.open', { vhost: '/' }),
  method(1, 'channel.open'),
])
const channelOpenOk = (20 << 16) | 11
const sockets: Socket[] = []
let lost = 0

async function open(): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true })
  socket.on('error', () => {})
  socket.on('close', () => lost++)
  await once(socket, 'connect')
  socket.write(login)
  await new Promise<void>((resolve, reject) => {
    const decoder = new FrameDecoder(131_072)
    const handler: FrameHandler = {
      onFrame(_type, channel, buffer, start) {
        if (channel === 1 && buffer.readUInt32BE(start) === channelOpenOk) resolve()
      },
    }
    socket.on('data', (chunk: Buffer) => decoder.push(chunk, 0, chunk.length, handler))
    socket.on('close', () => reject(new Error('the broker closed a connection that should be open')))
  })
  socket.removeAllListeners('data')
  socket.resume()
  sockets.push(socket)
}

let left = count
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    while (left-- > 0) await open()
  }),
)
process.send?.({ open: sockets.length })
const beat = frame(8, 0, Buffer.alloc(0))
setInterval(
  () => {
    for (const socket of sockets) socket.write(beat)
  },
  (HEARTBEAT_SECONDS * 1000) / 3,
)
process.on('message', () => process.send?.({ open: sockets.length - lost }))
