import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCore } from '../../test/support/core.ts'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { openOn } from '../../test/support/log-life.ts'

/** A first start, to its end or to where the power goes. */
async function startOn(disk: FakeDisk): Promise<void> {
  const started = openOn(disk).then((store) => openCore({ store }))
  await Promise.race([started, disk.cut])
}

test('wherever a power cut tears the first definitions, the next start has virtual host, exchanges and user', async () => {
  const writes: number[] = []
  const whole: FakeDisk = new FakeDisk(1, {
    pace: async (call, path) => {
      if (call === 'write' && path.endsWith('definitions/0000000001.segment')) writes.push(whole.changes)
    },
  })
  await startOn(whole)
  assert.ok(writes.length > 0)
  for (const cutAt of writes) {
    for (let seed = 1; seed <= 40; seed++) {
      const disk = new FakeDisk(seed, { cutAt })
      await startOn(disk)
      const { access, broker } = await openCore({ store: await openOn(disk.reboot(seed)) })
      for (const name of ['direct', 'fanout', 'topic', 'headers', 'match']) access.checkExchange(`amq.${name}`)
      await broker.close()
    }
  }
})
