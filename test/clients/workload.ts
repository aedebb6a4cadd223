import { execFile, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('.', import.meta.url))

/** Longest time a workload may take, in milliseconds: Celery's workers alone need seconds to start, thrice. */
const PATIENCE = 150_000

/** Why a program cannot be run here, or undefined: `probe` is run and must succeed. */
export function missing(
  what: string,
  probe: readonly string[],
  environment: Record<string, string> = {},
): string | undefined {
  const [file = '', ...arguments_] = probe
  const found = spawnSync(file, arguments_, { encoding: 'utf8', env: { ...process.env, ...environment } })
  if (found.error !== undefined) return `there is no ${file}`
  return found.status === 0 ? undefined : `${file} has no ${what}`
}

/** Runs a workload of another language in this folder; answers the lines it printed to say what worked. */
export function runWorkload(command: readonly string[], environment: Record<string, string> = {}): Promise<string[]> {
  const [file = '', ...arguments_] = command
  const options = { cwd: directory, env: { ...process.env, ...environment }, timeout: PATIENCE }
  return new Promise((resolve, reject) => {
    execFile(file, arguments_, options, (error, stdout, stderr) => {
      if (error !== null) reject(new Error(`${command.join(' ')} failed: ${error.message}\n${stdout}\n${stderr}`))
      else resolve(stdout.split('\n').filter((line) => line !== ''))
    })
  })
}
