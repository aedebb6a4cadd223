import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { LapineChild } from './lapine-child.ts'
import { figuresAvailable, figuresOf, listenerPid, type ProcessFigures } from './process-figures.ts'

/** A broker under measurement. */
export interface BrokerProcess {
  /** Absent when the broker is asked for it: Lapine introduces itself as a RabbitMQ, for clients that look. */
  readonly name?: string
  readonly url: string
  /** Undefined when it cannot be seen. */
  readonly pid: number | undefined
  /** CPU and memory, where this system shows them. */
  figures(): ProcessFigures | undefined
  /** Stops what was started for the measurement; leaves a borrowed broker alone. */
  release(): Promise<void>
}

/** How the Lapine under measurement is started. */
export interface LapineSetting {
  /** Where its data goes, in a folder of its own: the disk decides the durable figures. */
  readonly dataParent?: string
  /** Writes V8 CPU profiles into this folder when it ends. */
  readonly profileDirectory?: string
  readonly profileName?: string
  /** Another checkout whose Lapine it is. */
  readonly checkout?: string
}

/** A Lapine from this checkout on a free port, with an empty data directory that goes with it. */
export async function startLapine(setting: LapineSetting = {}): Promise<BrokerProcess> {
  const dataDirectory = mkdtempSync(join(setting.dataParent ?? tmpdir(), 'lapine-bench-'))
  const { profileDirectory, profileName = 'lapine' } = setting
  const nodeOptions =
    profileDirectory === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`, `--cpu-prof-name=${profileName}.cpuprofile`]
  const { checkout } = setting
  const lapine = await LapineChild.start({
    dataDirectory,
    nodeOptions,
    ...(checkout === undefined ? {} : { checkout }),
  })
  return {
    name: checkout === undefined ? 'Lapine' : `Lapine in ${basename(checkout)}`,
    url: lapine.url,
    pid: lapine.pid,
    figures: () => (figuresAvailable ? figuresOf(lapine.pid) : undefined),
    release: async () => {
      await lapine.stop()
      rmSync(dataDirectory, { recursive: true, force: true })
    },
  }
}

/** A broker that runs already; its process is found by its port unless `pid` names it. */
export function borrowBroker(url: string, pid?: number): BrokerProcess {
  const process = pid ?? listenerPid(Number(new URL(url).port || 5672))
  return {
    url,
    pid: process,
    figures: () => (figuresAvailable && process !== undefined ? figuresOf(process) : undefined),
    release: async () => {},
  }
}
