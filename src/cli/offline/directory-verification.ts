import { existsSync, readdirSync } from 'node:fs'
import { socketDoorway } from '../../server/socket-doorway.ts'
import { holderOf } from '../../store/directory-lock.ts'
import { nodeDisk } from '../../store/node-disk.ts'
import { type BadRange, type Verified, verifyLog, verifyStoreFile } from '../../store/verification.ts'
import { messagesOf, noteOf, offsetsOf, streamNumber } from './message-record.ts'
import { QueueNames } from './queue-names.ts'

/** Messages named for one record; a fanout may have reached thousands of queues. */
const NAMED_MAX = 8
const definitionsLog = 'definitions'
const messagesLog = 'messages'

/**
 * Reports line by line what is wrong with a data directory that nobody uses, and answers how much. Throws when
 * it cannot be judged.
 */
export async function verifyDirectory(directory: string, print: (line: string) => void): Promise<number> {
  await requireUnused(directory)
  const started = performance.now()
  const names = new QueueNames()
  let damaged = 0
  const bad = (range: BadRange) => {
    damaged += 1
    print(describe(range, names))
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
      note: (text) => print(`note: ${text}`),
      // The names must be known before messages are spoken of.
      ...(log === definitionsLog ? { record: learnFrom(names), snapshot: (bytes) => names.learnSnapshot(bytes) } : {}),
    })
    total.segments += verified.segments
    total.records += verified.records
    total.bytes += verified.bytes
  }
  // A broker that was started meanwhile would explain what was found.
  await requireUnused(directory)
  print(summary(total, damaged, performance.now() - started))
  return damaged
}

async function requireUnused(directory: string): Promise<void> {
  if (!existsSync(directory)) throw new Error(`there is no directory ${directory}`)
  const holder = await holderOf(directory, socketDoorway)
  if (holder !== undefined) throw new Error(`the data directory ${directory} is in use by process ${holder}`)
}

/** The logs of a data directory, definitions first. */
function logsOf(directory: string): string[] {
  const entries = readdirSync(directory, { withFileTypes: true })
  // What is on its way out is no log any more.
  const directories = entries.filter((entry) => entry.isDirectory() && !entry.name.includes('.'))
  const logs = directories.map((entry) => entry.name)
  return logs.sort((a, b) => Number(b === definitionsLog) - Number(a === definitionsLog) || (a < b ? -1 : 1))
}

function learnFrom(names: QueueNames) {
  return (record: { readonly header: Buffer }) => names.learnRecord(record.header)
}

function describe(range: BadRange, names: QueueNames): string {
  const { file, log, from, to, reason, record } = range
  const place = file ?? log
  const positions = to === 0 ? '' : ` positions ${from} to ${to}`
  return `${place}${positions}: ${reason}${record === undefined ? '' : contents(log, record, names)}`
}

function contents(log: string, record: NonNullable<BadRange['record']>, names: QueueNames): string {
  const stream = streamNumber(log)
  const offsets = stream === undefined ? undefined : offsetsOf(record)
  if (offsets !== undefined) return ` (offsets ${offsets.first} to ${offsets.last} of ${names.describe(stream!)})`
  if (stream !== undefined) return ` (record of type ${record.type})`
  const note = log === messagesLog ? noteOf(record) : undefined
  if (note !== undefined) return ` (${note.text} of ${names.describe(note.queue)})`
  const messages = messagesOf(record)
  const named = messages.slice(0, NAMED_MAX)
  const texts = named.map(({ queue, sequence }) => `message ${sequence} of ${names.describe(queue)}`)
  if (messages.length > NAMED_MAX) texts.push(`${messages.length - NAMED_MAX} more`)
  return texts.length === 0 ? ` (record of type ${record.type})` : ` (${texts.join('; ')})`
}

function summary({ segments, records, bytes }: Verified, damaged: number, milliseconds: number): string {
  const verdict = damaged === 0 ? 'all is well' : `${damaged} damaged`
  const size = `${(bytes / 1024 / 1024).toFixed(1)} MiB`
  return `${records} records in ${segments} segments, ${size} in ${(milliseconds / 1000).toFixed(1)} s: ${verdict}`
}
