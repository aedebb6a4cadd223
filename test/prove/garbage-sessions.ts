import { connect, type Socket } from 'node:net'
import type { Chance } from '../fuzz/chance.ts'
import { damaged } from '../fuzz/damage.ts'
import type { Sessions } from '../fuzz/sessions.ts'
import { contentBody, contentHeader, frame, method, protocolHeader } from '../support/wire-client.ts'
import { modernCapabilities } from '../support/wire-login.ts'

/** How a session leaves. */
const ends = ['destroy', 'reset', 'end'] as const

/** What a hostile client says, in pieces, and how it leaves. */
export interface GarbageSession {
  readonly kind: string
  readonly pieces: readonly Buffer[]
  readonly end: (typeof ends)[number]
  /** Milliseconds it stays after its last word. */
  readonly lingers: number
}

const login = Buffer.concat([
  protocolHeader,
  method(0, 'connection.start-ok', {
    properties: { product: 'garbage', capabilities: modernCapabilities },
    mechanism: 'PLAIN',
    response: '\0guest\0guest',
    locale: 'en_US',
  }),
  method(0, 'connection.tune-ok', { channelMax: 2047, frameMax: 131072, heartbeat: 1 }),
  method(0, 'connection.open', { vhost: '/' }),
  method(1, 'channel.open'),
])

type Maker = (chance: Chance, sessions: Sessions) => readonly Buffer[]

const kinds: Readonly<Record<string, Maker>> = {
  noise: (chance) => [noise(chance, 1 + chance.below(600))],
  'noise behind the header': (chance) => [protocolHeader, noise(chance, 1 + chance.below(9000))],
  'a damaged login': (chance) => [damaged(login, chance)],
  'damaged frames': (chance, sessions) => [
    login,
    ...Array.from({ length: 1 + chance.below(6) }, () => sessions.stream(chance)),
  ],
  'noise behind a login': (chance) => [login, noise(chance, 1 + chance.below(4000))],
  'a session of another client': (chance, sessions) => [protocolHeader, sessions.stream(chance)],
  'a body that never ends': (chance) => [
    login,
    method(1, 'basic.publish', { routingKey: 'nowhere' }),
    contentHeader(1, 1 + chance.below(2 ** 24)),
    contentBody(1, noise(chance, chance.below(20_000))),
  ],
  'many channels': (chance) => [
    login,
    ...Array.from({ length: 200 }, () => method(chance.below(65536), 'channel.open')),
  ],
  'too many answers': (chance) => [
    login,
    ...Array.from({ length: 300 }, () =>
      method(1, 'queue.declare', { queue: `garbage-${chance.below(50)}`, autoDelete: true }),
    ),
  ],
  heartbeats: () => [login, ...Array.from({ length: 500 }, () => frame(8, 0, Buffer.alloc(0)))],
}

const names = Object.keys(kinds)

/** Makes one. */
export function garbageSession(chance: Chance, sessions: Sessions): GarbageSession {
  const kind = chance.pick(names)
  const bytes = Buffer.concat(kinds[kind]!(chance, sessions))
  return { kind, pieces: cut(bytes, chance), end: chance.pick(ends), lingers: chance.below(20) }
}

function cut(bytes: Buffer, chance: Chance): Buffer[] {
  if (!chance.oneIn(3)) return [bytes]
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + chance.below(chance.oneIn(3) ? 16 : 4000))
    pieces.push(bytes.subarray(at, end))
    at = end
    if (pieces.length === 20) {
      pieces.push(bytes.subarray(at))
      break
    }
  }
  return pieces
}

function noise(chance: Chance, size: number): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  for (let at = 0; at < size; at++) bytes[at] = chance.below(256)
  return bytes
}

/** Carries a session out; resolves when its socket is gone. Whatever the broker makes of it is fine. */
export function attack(port: number, session: GarbageSession): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.on('error', () => {})
    socket.on('data', () => {})
    socket.on('close', () => resolve())
    socket.on('connect', () => void speak(socket, session))
  })
}

async function speak(socket: Socket, { pieces, end, lingers }: GarbageSession): Promise<void> {
  for (const piece of pieces) {
    if (socket.destroyed) return
    await new Promise((done) => socket.write(piece, done))
  }
  await new Promise((done) => setTimeout(done, lingers))
  if (end === 'reset') socket.resetAndDestroy()
  else if (end === 'destroy') socket.destroy()
  else {
    socket.end()
    // A broker that waits for more has a second.
    setTimeout(() => socket.destroy(), 1000).unref()
  }
}
