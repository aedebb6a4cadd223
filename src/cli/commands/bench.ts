import type { Command } from '../command.ts'
import { UsageError } from '../control/command-line.ts'

const usage = `lapine bench [OPTIONS]

Publishes and consumes, and tells how much and how fast; against any broker that speaks AMQP 0-9-1. Flags are perf-test's:

  -h, --uri URI             amqp://user:password@host:port/vhost (amqp://guest:guest@127.0.0.1:5672)
  -x, --producers N         connections that publish (1)
  -y, --consumers N         connections that consume (1)
  -s, --size BYTES          size of a message (0; from 8 on, latency to the consumer is told)
  -f, --flag FLAG           persistent, mandatory; may be given twice
  -c, --confirm N           wait for confirms, N of them at most at a time
  -q, --qos N               prefetch of each consumer
  -a, --autoack             no acknowledgements
  -A, --multi-ack-every N   acknowledge every N messages
  -r, --rate N              messages a second of each producer
  -C, --pmessages N         messages of each producer, then end
  -D, --cmessages N         messages of each consumer, then end
  -z, --time SECONDS        then end
  -i, --interval SECONDS    between two lines of figures (1)
  -u, --queue NAME          this queue, which is kept; without, one of its own, which is deleted
  -e, --exchange NAME       this exchange instead of the default one; -t, --type TYPE; -k, --routing-key KEY
  -p, --predeclared         declare nothing
  -qa, --queue-args K=V,…   arguments of the queue; -qq, --quorum-queue; -sq, --stream-queue
      --json                one JSON object at the end, and nothing else

Exit codes: 0 done, 64 wrong usage, 69 the broker cannot be reached or gave up on us.`

/** `lapine bench` */
export const bench: Command = {
  usage,
  async run(args) {
    if (args.includes('--help')) {
      process.stdout.write(`${usage}\n`)
      return 0
    }
    const [{ readBenchOptions }, { runBench }] = await Promise.all([
      import('../bench/bench-options.ts'),
      import('../bench/bench-run.ts'),
    ])
    const stop = new AbortController()
    const onSignal = (): void => stop.abort()
    process.once('SIGINT', onSignal)
    try {
      const options = readBenchOptions(args)
      const print = (line: string) => process.stdout.write(`${line}\n`)
      const result = await runBench(options, { onInterval: options.isJson ? () => {} : print }, stop.signal)
      if (options.isJson) print(JSON.stringify(result))
      else for (const line of describe(result)) print(line)
      return 0
    } catch (error) {
      const isUsage = error instanceof UsageError
      process.stderr.write(
        `lapine bench: ${(error as Error).message}.\n${isUsage ? 'lapine help bench lists the options.\n' : '--uri names another broker.\n'}`,
      )
      return isUsage ? 64 : 69
    } finally {
      process.off('SIGINT', onSignal)
    }
  },
}

type Result = Awaited<ReturnType<typeof import('../bench/bench-run.ts')['runBench']>>

function describe(result: Result): string[] {
  const line = (name: string, latency: Result['confirm_latency_us']): string[] => {
    if (latency.count === 0) return []
    const { min, p50, p75, p95, p99, p999, max } = latency
    return [
      `${name} latency min/median/75th/95th/99th/99.9th/max: ${[min, p50, p75, p95, p99, p999, max].join('/')} µs`,
    ]
  }
  return [
    `${result.broker}, ${result.seconds} s`,
    `sending rate avg: ${result.sending_rate} msg/s`,
    `receiving rate avg: ${result.receiving_rate} msg/s`,
    ...line('confirm', result.confirm_latency_us),
    ...line('consumer', result.delivery_latency_us),
    ...(result.refused + result.returned > 0 ? [`refused: ${result.refused}, returned: ${result.returned}`] : []),
  ]
}
