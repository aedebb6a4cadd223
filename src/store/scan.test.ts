import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { LogHistory } from '../../test/support/log-history.ts'
import { openOn } from '../../test/support/log-life.ts'
import type { DiskFile } from './disk.ts'
import { scanSegment } from './scan.ts'
import { readSegmentIdentity, Segment, segmentPreambles } from './segment.ts'

const directory = '/data/messages'

/** A disk with a log of several segments, closed. */
async function written(seed: number): Promise<{ disk: FakeDisk; history: LogHistory }> {
  const disk = new FakeDisk(seed)
  const history = new LogHistory(seed, { header: 60, body: 900 })
  const store = await openOn(disk)
  const log = await store.open('messages')
  for (let count = 0; count < 120; count++) history.append(log)
  history.append(log, 50_000)
  await store.close()
  return { disk, history }
}

/** All that a scan tells, as text. */
async function told(file: DiskFile, segment: Segment, windowBytes?: number): Promise<string[]> {
  const lines: string[] = []
  const visitor = {
    bodies: true,
    record: ({ position, header, body }: { position: number; header: Buffer; body: Buffer | undefined }) =>
      lines.push(`${position} ${crc32(header)} ${body === undefined ? 'damaged' : crc32(body)}`),
    own: () => lines.push('own'),
    hole: (from: number, to: number, unreadable: boolean) => lines.push(`hole ${from} ${to} ${unreadable}`),
  }
  const result = await scanSegment(file, segment, visitor, windowBytes === undefined ? {} : { windowBytes })
  return [...lines, JSON.stringify(result)]
}

test('a scan tells the same whatever the size of its window, damage or not', async () => {
  const { disk, history } = await written(1)
  const names = disk.names(directory).filter((name) => name.endsWith('.segment'))
  let compared = 0
  for (let round = 0; round < 24; round++) {
    const name = names[round % names.length]!
    const damaged = disk.kill(round)
    const path = `${directory}/${name}`
    const [preamble] = segmentPreambles(damaged.bytes(path))
    if (preamble === undefined) continue
    const segment = new Segment(readSegmentIdentity(preamble))
    for (let hits = round % 4; hits > 0; hits--) {
      const at = 4096 + history.below(damaged.bytes(path).length - 4096)
      damaged.bytes(path).fill(history.below(256), at, at + history.below(300))
    }
    if (round % 3 === 2) damaged.follow({ unreadable: { path, from: 8192, to: 12288 } })
    const file = await damaged.open(path, 'read')
    const expected = await told(file, segment)
    for (const windowBytes of [64, 100, 1000, 4096, 5000]) {
      assert.deepEqual(await told(file, segment, windowBytes), expected, `${name} by ${windowBytes}`)
      compared += expected.length
    }
  }
  assert.ok(compared > 3000)
})

test('a scan looks at its window while the next piece is being read', async () => {
  const { disk } = await written(2)
  const name = disk.names(directory).find((file) => file.endsWith('1.segment'))!
  const file = await disk.open(`${directory}/${name}`, 'read')
  const [preamble] = segmentPreambles(disk.bytes(`${directory}/${name}`))
  let reading = 0
  let ahead = 0
  const watched: Pick<DiskFile, 'read' | 'size'> = {
    size: () => file.size(),
    read: async (buffer, position) => {
      reading += 1
      const count = await file.read(buffer, position)
      reading -= 1
      return count
    },
  }
  const record = () => {
    ahead += reading
  }
  const visitor = { bodies: false, record, hole: () => assert.fail('nothing is damaged') }
  await scanSegment(watched as DiskFile, new Segment(readSegmentIdentity(preamble!)), visitor, { windowBytes: 4096 })
  assert.ok(ahead > 5)
  assert.equal(reading, 0, 'and leaves none behind')
})
