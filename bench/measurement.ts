import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { BrokerProcess } from './broker-process.ts'
import type { LoadResult } from './load-run.ts'

const generator = fileURLToPath(new URL('generator.ts', import.meta.url))
const memorySampleMilliseconds = 200

/** One measured run: what the generator saw, and what it cost the broker. */
export interface Measurement extends LoadResult {
  readonly product: string
  /** Absent where the broker's process cannot be seen. */
  readonly cpuMicrosecondsPerMessage: number | undefined
  readonly residentBytesBefore: number | undefined
  readonly residentBytesAfter: number | undefined
  /** Highest of samples taken during the run. */
  readonly residentBytesPeak: number | undefined
}

type Report =
  | { readonly event: 'ready'; readonly product: string }
  | ({ readonly event: 'result' } & LoadResult)
  | { readonly event: 'failed'; readonly reason: string }

/** Somebody who looks on during the measured part. */
export interface Onlooker {
  begin(): Promise<void>
  end(): Promise<void>
}

/** Runs the generator once; the broker's figures are read right before and after its measured part. */
export async function measure(
  broker: BrokerProcess,
  generatorOptions: readonly string[],
  onlooker?: Onlooker,
): Promise<Measurement> {
  const child = spawn(process.execPath, [generator, '--url', broker.url, ...generatorOptions], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => child.once('close', resolve))
  let product = '?'
  let before = broker.figures()
  let peak = 0
  let watch: NodeJS.Timeout | undefined
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const report = JSON.parse(line) as Report
      if (report.event === 'failed') throw new Error(`the generator failed: ${report.reason}`)
      if (report.event === 'ready') {
        product = broker.name ?? report.product
        await onlooker?.begin()
        before = broker.figures()
        watch = setInterval(() => {
          peak = Math.max(peak, broker.figures()?.residentBytes ?? 0)
        }, memorySampleMilliseconds)
        child.stdin.write('go\n')
        continue
      }
      const after = broker.figures()
      clearInterval(watch)
      await onlooker?.end()
      await exited
      const { event: _, ...result } = report
      const cpu = after && before && after.cpuMicroseconds - before.cpuMicroseconds
      return {
        ...result,
        product,
        cpuMicrosecondsPerMessage: cpu === undefined ? undefined : cpu / result.messages,
        residentBytesBefore: before?.residentBytes,
        residentBytesAfter: after?.residentBytes,
        residentBytesPeak: after && Math.max(peak, after.residentBytes),
      }
    }
    throw new Error('the generator ended without a result')
  } finally {
    clearInterval(watch)
    child.kill('SIGKILL')
  }
}
