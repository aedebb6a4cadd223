import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Logger } from '../std/logger.ts'
import type { Environment } from './environment.ts'

/** Writes the number of this process where RABBITMQ_PID_FILE says, for scripts that wait for it; answers what takes it away. */
export function writePidFile(environment: Environment, logger: Logger): () => void {
  const { RABBITMQ_PID_FILE: path, RABBITMQ_KEEP_PID_FILE_ON_EXIT: kept } = environment
  if (path === undefined || path === '') return () => {}
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${process.pid}\n`)
  } catch (error) {
    logger.warning(`RABBITMQ_PID_FILE: cannot write ${path}: ${(error as Error).message}`)
    return () => {}
  }
  return kept === 'true' ? () => {} : () => rmSync(path, { force: true })
}
