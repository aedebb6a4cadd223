import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { holderOf } from '../../store/directory-lock.ts'
import { nodeDisk } from '../../store/node-disk.ts'
import { type BadRange, type Verified, verifyLog, verifyStoreFile } from '../../store/verification.ts'
import type { Command } from '../command.ts'
import { messagesOf } from '../offline/message-record.ts'
import { QueueNames } from '../offline/queue-names.ts'

const usage = `lapine verify DIR

Reads the data directory of a stopped broker from end to end and lists everything in it that is not as it was
written: the file, the positions in its log, why, and the messages where that can still be told. Changes nothing.

Exit codes: 0 all is well, 1 something is damaged, 64 wrong usage, 69 in use, unreadable or no data directory.`

/** Messages named for one record; a fanout may have reached thousands of queues. */
const NAMED_MAX = 8
const definitionsLog = 'definitions'

/** `lapine verify` */
export const verify: Command = {
  summary: 'look for damage in the data directory of a stopped broker',
  usage,
  async run(args) {
    let directory: string
    try {
      const { values, positionals } = parse(args)
      if (values.help === true) {
        process.stdout.write(`${usage}\n`)
        return 0
      }
      if (positionals.length !== 1) return complain('it takes one directory')
      directory = positionals[0]!
    } catch (error) {
      return complain((error as Error).message.split('. ')[0]!)
    }
    try {
      return await report(directory)
    } catch (error) {
      process.stderr.write(`lapine verify: ${(error as Error).message}\n`)
      return 69
    }
  },
}

function parse(args: readonly string[]) {
  const options = { help: { type: 'boolean', short: 'h' } } as const
  return parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
}

function complain(problem: string): number {
  process.stderr.write(`lapine verify: ${problem}.\nlapine help verify tells more.\n`)
  return 64
}

/** Throws when the directory cannot be judged. */
async function report(directory: string): Promise<number> {
  await requireUnused(directory)
  const started = performance.now()
  const names = new QueueNames()
  let damaged = 0
  const bad = (range: BadRange) => {
    damaged += 1
    process.stdout.write(`${describe(range, names)}\n`)
  }
  if (!(await verifyStoreFile(nodeDisk, directory))) {
    bad({ log: '', from: 0, to: 0, reason: 'the file did not verify', file: 'store', record: undefined })
  }
  const total = { segments: 0, records: 0, bytes: 0 }
  for (const log of logsOf(directory)) {
    const verified = await verifyLog({
      disk: nodeDisk,
      directory,
      log,
      bad,
      note: (text) => process.stdout.write(`note: ${text}\n`),
      // The names must be known before messages are spoken of.
      ...(log === definitionsLog ? { record: learnFrom(names), snapshot: (bytes) => names.learnSnapshot(bytes) } : {}),
    })
    total.segments += verified.segments
    total.records += verified.records
    total.bytes += verified.bytes
  }
  // A broker that was started meanwhile would explain what was found.
  await requireUnused(directory)
  process.stdout.write(`${summary(total, damaged, performance.now() - started)}\n`)
  return damaged === 0 ? 0 : 1
}

async function requireUnused(directory: string): Promise<void> {
  if (!existsSync(directory)) throw new Error(`there is no directory ${directory}`)
  const holder = await holderOf(directory)
  if (holder !== undefined) throw new Error(`the data directory ${directory} is in use by process ${holder}`)
}

/** The logs of a data directory, definitions first. */
function logsOf(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true })
  const logs = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  return logs.sort((a, b) => Number(b === definitionsLog) - Number(a === definitionsLog) || (a < b ? -1 : 1))
}

function learnFrom(names: QueueNames) {
  return (record: { readonly header: Buffer }) => names.learnRecord(record.header)
}

function describe(range: BadRange, names: QueueNames): string {
  const { file, log, from, to, reason, record } = range
  const place = file ?? log
  const positions = to === 0 ? '' : ` positions ${from} to ${to}`
  return `${place}${positions}: ${reason}${record === undefined ? '' : contents(record, names)}`
}

function contents(record: NonNullable<BadRange['record']>, names: QueueNames): string {
  const messages = messagesOf(record)
  const named = messages.slice(0, NAMED_MAX)
  const texts = named.map(({ queue, sequence }) => `message ${sequence} of queue ${names.describe(queue)}`)
  if (messages.length > NAMED_MAX) texts.push(`${messages.length - NAMED_MAX} more`)
  return texts.length === 0 ? ` (record of type ${record.type})` : ` (${texts.join('; ')})`
}

function summary({ segments, records, bytes }: Verified, damaged: number, milliseconds: number): string {
  const verdict = damaged === 0 ? 'all is well' : `${damaged} damaged`
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MiB`
  return `${records} records in ${segments} segments, ${size} in ${(milliseconds / 1000).toFixed(1)} s: ${verdict}`
}
