import { readdirSync, readFileSync } from 'node:fs'

/** Bytes of a process in memory, of its own and shared. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024
}

/** Processor time a process has taken, its own and that of the kernel for it, in seconds. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ')
  // Counted in hundredths of a second on Linux, whatever the kernel's own ticks.
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Descriptors a process has open. */
export function descriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** Waits until `ask` answers no more than `most`, at most so long; answers the last answer. */
export async function falls(ask: () => number, most: number, milliseconds: number): Promise<number> {
  const deadline = performance.now() + milliseconds
  for (;;) {
    const answer = ask()
    if (answer <= most || performance.now() > deadline) return answer
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
