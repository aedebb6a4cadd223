import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readSettings } from '../../src/server/configuration.ts'
import { type Server, startServer } from '../../src/server/server.ts'
import { silentLogger } from '../../src/std/logger.ts'
import { loginOf } from '../support/target.ts'
import type { Login } from '../support/wire-client.ts'
import { type CampaignOptions, type OpenCampaign, type RoundReport, run } from './campaign.ts'
import { leakCycles } from './leak-cycles.ts'

const CYCLES = 10_000
/** What may be left on the heap after all cycles of one kind. */
const BYTES_MAX = 1024 * 1024
const AT_ONCE = 20

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What must be the same before and after. */
interface Holdings {
  readonly heapBytes: number
  readonly bufferBytes: number
  readonly descriptors: number
  readonly sockets: number
}

class LeakCampaign implements OpenCampaign {
  readonly #server: Server
  readonly #login: Login
  readonly #cycles: number
  readonly #wanted: string
  #number = 0

  private constructor(server: Server, { cycles, kind }: CampaignOptions['own']) {
    this.#server = server
    this.#login = loginOf(`amqp://guest:guest@127.0.0.1:${server.listeners[0]!.port}`)
    this.#cycles = Number(cycles ?? CYCLES)
    this.#wanted = String(kind ?? '')
  }

  static async open(options: CampaignOptions): Promise<LeakCampaign> {
    // Logins that fail are part of it.
    const content = 'lapine.login_failures_per_user = infinity\nlapine.login_failures_per_address = infinity\n'
    const { settings } = await readSettings([{ path: 'leaks.conf', content }], {}, { port: '0', host: '127.0.0.1' })
    const dataDirectory = join(options.folder, 'data')
    const server = await startServer({ settings, dataDirectory, logger: silentLogger })
    return new LeakCampaign(server, options.own)
  }

  async round(number: number): Promise<RoundReport> {
    const kinds = kindsOf(this.#wanted)
    const kind = kinds[(number - 1) % kinds.length]!
    // The first cycles fill caches and compile code.
    await this.#repeat(kind, Math.max(60, this.#cycles / 10))
    const before = await this.#holdings()
    const started = performance.now()
    await this.#repeat(kind, this.#cycles)
    const seconds = (performance.now() - started) / 1000
    const after = await this.#holdings()
    const grown = after.heapBytes - before.heapBytes
    const buffers = after.bufferBytes - before.bufferBytes
    const complaints: string[] = []
    if (grown > BYTES_MAX)
      complaints.push(`${grown} bytes are left on the heap, ${Math.round(grown / this.#cycles)} a cycle`)
    if (buffers > BYTES_MAX) complaints.push(`${buffers} bytes of buffers are left`)
    for (const what of ['descriptors', 'sockets'] as const) {
      if (after[what] > before[what]) complaints.push(`${after[what] - before[what]} ${what} are left`)
    }
    const line = `${kind}: ${this.#cycles} cycles in ${seconds.toFixed(1)} s, heap ${signed(grown)}, buffers ${signed(buffers)}, descriptors ${signed(after.descriptors - before.descriptors)}`
    return { line, complaints }
  }

  async #repeat(kind: string, cycles: number): Promise<void> {
    let left = cycles
    const one = async (): Promise<void> => {
      while (left-- > 0) await leakCycles[kind]!(this.#login, ++this.#number)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, one))
  }

  async #holdings(): Promise<Holdings> {
    let last: Holdings | undefined
    // What ends with a turn or a timer has a moment for it.
    for (let look = 0; look < 40; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      collectGarbage()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      const next = {
        heapBytes: heapUsed,
        bufferBytes: arrayBuffers,
        descriptors: readdirSync('/proc/self/fd').length,
        sockets: process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length,
      }
      if (last !== undefined && next.heapBytes >= last.heapBytes - 2000 && next.sockets === 0) return next
      last = next
    }
    return last!
  }

  summary() {
    return { lines: [], complaints: [] }
  }

  async close(): Promise<void> {
    await this.#server.close()
  }
}

function kindsOf(wanted: string): string[] {
  return Object.keys(leakCycles).filter((kind) => kind.includes(wanted))
}

function signed(count: number): string {
  return `${count < 0 ? '' : '+'}${count}`
}

/** Proves that nothing of what comes and goes stays. */
await run({
  name: 'leaks',
  purpose: `Lets connections, channels, queues, bindings, consumers and errors come and go, each kind many times, and looks what is
left of them on the heap, in buffers and among descriptors. The broker runs in this process, so its clients count too.`,
  rounds: Object.keys(leakCycles).length,
  roundMillisecondsMax: 3_600_000,
  roundsOf: ({ kind }) => kindsOf(String(kind ?? '')).length,
  own: { cycles: { type: 'string' }, kind: { type: 'string' } },
  ownHelp: `  --cycles N         how many of each kind (${CYCLES})
  --kind TEXT        only those whose name has this in it\n`,
  obstacle: () => (process.platform === 'linux' ? undefined : 'needs /proc'),
  open: (options) => LeakCampaign.open(options),
})
