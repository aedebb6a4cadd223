import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { connackBytes, mqttConnect, mqttSubscribe, subackBytes } from './mqtt-encoding.ts'

/** A process may have 20,000 files open on many systems. */
const SUBSCRIBERS_PER_PROCESS = 5000
const AT_ONCE = 100
const self = fileURLToPath(import.meta.url)

/** Many subscribers of one topic, held by processes of their own, which only count bytes. */
export class Audience {
  readonly #members: readonly ChildProcess[]

  private constructor(members: readonly ChildProcess[]) {
    this.#members = members
  }

  /** Resolves when all are subscribed. */
  static async gather(port: number, topic: string, count: number): Promise<Audience> {
    const processes = Math.ceil(count / SUBSCRIBERS_PER_PROCESS)
    const members = Array.from({ length: processes }, (_, index) => {
      const share = Math.floor(count / processes) + (index < count % processes ? 1 : 0)
      return fork(self, [String(port), String(share), `127.0.0.${2 + index}`, topic])
    })
    await Promise.all(members.map(answer))
    return new Audience(members)
  }

  /** Resolves when every subscriber got so many bytes more. */
  async receives(bytesEach: number): Promise<void> {
    await Promise.all(
      this.#members.map((member) => {
        const answered = answer(member)
        member.send(bytesEach)
        return answered
      }),
    )
  }

  async leave(): Promise<void> {
    await Promise.all(
      this.#members.map(async (member) => {
        const ended = once(member, 'exit')
        member.kill('SIGKILL')
        await ended
      }),
    )
  }
}

function answer(member: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      member.off('message', onMessage).off('exit', onExit)
    }
    const onMessage = (): void => {
      settle()
      resolve()
    }
    const onExit = (code: number | null): void => {
      settle()
      reject(new Error(`a process of subscribers ended with ${code}`))
    }
    member.on('message', onMessage).on('exit', onExit)
  })
}

/** One of the processes: `fanout-audience.ts PORT COUNT ADDRESS TOPIC`. */
async function member(port: number, count: number, localAddress: string, topic: string): Promise<void> {
  const sockets: Socket[] = []
  let received = 0
  let wanted = Number.POSITIVE_INFINITY
  const onData = (chunk: Buffer): void => {
    received += chunk.length
    if (received >= wanted) tell()
  }
  const tell = (): void => {
    wanted = Number.POSITIVE_INFINITY
    process.send?.('done')
  }
  const open = async (serial: number): Promise<void> => {
    const socket = connect({ host: '127.0.0.1', port, localAddress, noDelay: true })
    await once(socket, 'connect')
    const login = mqttConnect(`${localAddress}-${serial}`, { clean: true, keepAliveSeconds: 0 })
    socket.write(Buffer.concat([login, mqttSubscribe(topic, 0)]))
    let missing = connackBytes + subackBytes
    while (missing > 0) {
      const [chunk] = (await once(socket, 'data')) as [Buffer]
      missing -= chunk.length
    }
    socket.on('data', onData)
    sockets.push(socket)
  }
  let left = count
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (left > 0) await open(left--)
    }),
  )
  // What comes now may overtake the order to count it, so bytes are counted from the beginning.
  let ordered = 0
  process.on('message', (bytesEach: number) => {
    ordered += bytesEach * sockets.length
    wanted = ordered
    if (received >= wanted) tell()
  })
  process.send?.('open')
}

if (process.argv[1] === self) {
  const [port, count, address, topic] = process.argv.slice(2)
  await member(Number(port), Number(count), address!, topic!)
}
