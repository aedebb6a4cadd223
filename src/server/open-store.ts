import { mkdirSync } from 'node:fs'
import type { Clock } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import type { Random } from '../std/random.ts'
import type { Store } from '../store/log.ts'
import { ExitCode, StartRefusal } from './start-refusal.ts'

export interface StoreOptions {
  /** Where everything lives; undefined keeps it in memory only. */
  readonly directory: string | undefined
  /** What is to stay free of its disk. */
  readonly diskFreeBytesMin: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Opens the store of a broker, loading only the code it needs. Throws a refusal when the directory cannot be used. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { directory, diskFreeBytesMin: freeBytesMin, ...world } = options
  if (directory === undefined) {
    const { openMemoryStore } = await import('../store/memory-store.ts')
    return openMemoryStore(world.clock)
  }
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 })
  } catch (error) {
    throw new StartRefusal(
      ExitCode.unavailable,
      `cannot use the data directory ${directory}: ${(error as Error).message}`,
    )
  }
  const [{ openFileStore }, { nodeDiskWith }, { socketDoorway }] = await Promise.all([
    import('../store/file-store.ts'),
    import('../store/node-disk.ts'),
    import('./socket-doorway.ts'),
  ])
  return openFileStore({ directory, disk: nodeDiskWith(socketDoorway), freeBytesMin, ...world })
}
