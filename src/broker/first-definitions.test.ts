import { test } from 'node:test'
import { openCore } from '../../test/support/core.ts'
import { FakeDisk } from '../../test/support/fake-disk.ts'
import { openOn } from '../../test/support/log-life.ts'

/** A first start on a disk whose power goes during the n-th change; true when it came to its end before. */
async function startOnce(disk: FakeDisk): Promise<boolean> {
  const started = openOn(disk)
    .then((store) => openCore({ store }))
    .then(() => true)
  return await Promise.race([started, disk.cut.then(() => false)])
}

test('wherever the power goes during the first start, the next one has virtual host, exchanges and user', async () => {
  for (let seed = 1; seed <= 4; seed++) {
    let complete = false
    for (let cutAt = 1; !complete; cutAt++) {
      const disk = new FakeDisk(seed, { cutAt })
      complete = await startOnce(disk)
      const { access, broker } = await openCore({ store: await openOn(disk.reboot(cutAt)) })
      for (const name of ['amq.direct', 'amq.fanout', 'amq.topic', 'amq.headers', 'amq.match'])
        access.checkExchange(name)
      await broker.close()
    }
  }
})
