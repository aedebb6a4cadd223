import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { LogHistory } from '../../test/support/log-history.ts'
import { liveFully, openOn, survive } from '../../test/support/log-life.ts'

/** How often a life of this seed changes the disk. */
async function changesOf(seed: number): Promise<number> {
  const disk = new FakeDisk(seed)
  await liveFully(disk, new LogHistory(seed))
  assert.ok(disk.changes > 40)
  return disk.changes
}

/** A life that ends with a power cut, and the disk as it was then. */
async function cutShort(seed: number, cutAt: number): Promise<{ disk: FakeDisk; history: LogHistory }> {
  const disk = new FakeDisk(seed, { cutAt })
  const history = new LogHistory(seed)
  await Promise.race([disk.cut, liveFully(disk, history)])
  return { disk, history }
}

// The seed is also the step, so that the second costs half.
for (const seed of [1, 2]) {
  test(`a power cut at any change of the disk loses nothing that was durable (every ${seed}.)`, async () => {
    const changes = await changesOf(seed)
    for (let cutAt = 1; cutAt <= changes; cutAt += seed) {
      const { disk, history } = await cutShort(seed, cutAt)
      await survive(disk.reboot(cutAt), history, cutAt)
    }
  })
}

test('power cuts at every change while recovering from a power cut lose nothing that was durable', async () => {
  const changes = await changesOf(4)
  let cuts = 0
  for (let cutAt = 3; cutAt <= changes; cutAt += 3) {
    const { disk, history } = await cutShort(4, cutAt)
    let now = disk
    for (let second = 1, complete = false; !complete; second++) {
      const recovering = now.reboot(cutAt * 100 + second, { cutAt: second })
      const recovered = openOn(recovering)
        .then((store) => store.open('messages'))
        .then((log) => history.check(log))
        .then(() => {
          complete = true
        })
      await Promise.race([recovering.cut, recovered])
      now = recovering
      cuts += 1
    }
    await survive(now.reboot(cutAt), history, cutAt)
  }
  assert.ok(cuts > changes)
})

test('a process that is killed at any change loses nothing that was durable', async () => {
  const changes = await changesOf(5)
  for (let cutAt = 2; cutAt <= changes; cutAt += 2) {
    const { disk, history } = await cutShort(5, cutAt)
    await survive(disk.kill(cutAt), history, cutAt)
  }
})
