import { randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'

const ROUNDS = 5
const BYTES = 4096

/** Milliseconds that small writes take to be on disk in a directory, in the order they were tried. */
export async function measureSync(directory: string): Promise<readonly number[]> {
  const path = join(directory, `.sync-probe-${randomBytes(6).toString('hex')}`)
  const file = await open(path, 'wx', 0o600)
  try {
    const taken: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const from = performance.now()
      await file.write(Buffer.alloc(BYTES), 0, BYTES, round * BYTES)
      await file.datasync()
      taken.push(performance.now() - from)
    }
    return taken
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
}
