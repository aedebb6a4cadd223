import { parentPort, workerData } from 'node:worker_threads'
import type { Edit } from './planted-bugs.ts'
import { plant } from './planting.ts'
import type { SeedRange } from './seed-range.ts'

const port = parentPort!
plant(workerData as readonly Edit[])
// Behind the planting, so that it is the edited sources that run.
const { simulateRange } = await import('./seed-range.ts')

port.on('message', async (range: SeedRange | 'end') => {
  if (range === 'end') port.close()
  else port.postMessage(await simulateRange(range))
})
