import { parentPort } from 'node:worker_threads'
import { type SeedRange, simulateRange } from './seed-range.ts'

const port = parentPort!

port.on('message', async (range: SeedRange | 'end') => {
  if (range === 'end') port.close()
  else port.postMessage(await simulateRange(range))
})
