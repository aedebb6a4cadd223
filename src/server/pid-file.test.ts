import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '../std/logger.ts'
import { writePidFile } from './pid-file.ts'

test('the number of the process is in a file while it runs', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lapine-pid-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'run', 'pid')
  const remove = writePidFile({ RABBITMQ_PID_FILE: path }, silentLogger)
  assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`)
  remove()
  assert.equal(existsSync(path), false)
  writePidFile({ RABBITMQ_PID_FILE: path, RABBITMQ_KEEP_PID_FILE_ON_EXIT: 'true' }, silentLogger)()
  assert.equal(existsSync(path), true)
  const warnings: string[] = []
  writePidFile({ RABBITMQ_PID_FILE: folder }, { ...silentLogger, warning: (text) => void warnings.push(text) })()
  assert.match(warnings[0]!, /^RABBITMQ_PID_FILE: cannot write .*: EISDIR/)
})
