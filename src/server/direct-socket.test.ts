import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { byteReader, isByteStream } from '../protocols/byte-stream.ts'
import { DirectSockets } from './direct-socket.ts'

/** A client and the accepted end of its connection as a direct socket, which keeps a copy of what it reads. */
async function pair(): Promise<{ client: Socket; socket: Socket; text: () => string; close: () => Promise<void> }> {
  const sockets = new DirectSockets()
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const chunks: Buffer[] = []
  const accepted = new Promise<Socket>((resolve) => {
    server.once('connection', (socket: Socket) => {
      const direct = sockets.from(socket)
      assert.ok(isByteStream(direct))
      direct[byteReader] = { onBytes: (chunk, start, end) => chunks.push(Buffer.from(chunk.subarray(start, end))) }
      direct.resume()
      resolve(direct)
    })
  })
  const client = connect(port, '127.0.0.1')
  const socket = await accepted
  return {
    client,
    socket,
    text: () => Buffer.concat(chunks).toString(),
    close: async () => {
      client.destroy()
      socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

test('what a direct socket reads comes to its reader, and what it writes to the client', async () => {
  const { client, socket, text, close } = await pair()
  client.write('hello')
  client.end()
  await once(socket, 'end')
  assert.equal(text(), 'hello')
  await close()
})

test('a paused direct socket reads nothing until it goes on', async () => {
  const { client, socket, text, close } = await pair()
  socket.pause()
  client.write('later')
  // The other way round something goes to and fro meanwhile.
  socket.write('here')
  await once(client, 'data')
  assert.equal(text(), '')
  socket.resume()
  client.end()
  await once(socket, 'end')
  assert.equal(text(), 'later')
  await close()
})

test('a server knows of a direct socket until it is closed', async () => {
  const { client, socket, close } = await pair()
  client.destroy()
  await once(socket, 'close')
  // Resolves only when the server has no connection left.
  await close()
})
