import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { type ConfirmChannel, connect } from 'amqplib'
import { browserOptions, withBrowser } from '../support/browser.ts'
import { HttpApi } from '../support/http-api.ts'

const stage = withBrowser()
let api: HttpApi

async function publish(queue: string, bodies: readonly string[]): Promise<void> {
  const connection = await connect(stage.lapine.url)
  const channel: ConfirmChannel = await connection.createConfirmChannel()
  for (const body of bodies) channel.sendToQueue(queue, Buffer.from(body), { headers: { tenant: body.slice(0, 1) } })
  await channel.waitForConfirms()
  await connection.close()
}

describe('queues in the management UI', browserOptions, () => {
  before(async () => {
    if ('skip' in browserOptions) return
    api = new HttpApi(stage.lapine.httpUrl)
    for (const name of ['orders.eu', 'orders.us', 'mail']) await api.put(`/queues/%2F/${name}`, {})
    await publish('orders.eu', ['{"order":1}', 'two', 'three'])
  })

  test('a queue is added with checked arguments, published to, looked into and deleted by name', async () => {
    const visit = await stage.enter('#/queues')
    const { page } = visit
    await page.getByRole('button', { name: 'Add queue' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add queue' })
    await dialog.getByLabel('Name').fill('fresh')
    await dialog.getByLabel('Messages live').fill('10 parsecs')
    await dialog.getByText('This should be a time such as 10m.').waitFor()
    assert.ok(await dialog.getByRole('button', { name: 'Add queue' }).isDisabled())
    await dialog.getByLabel('Messages live').fill('10m')
    await dialog.getByRole('button', { name: 'Add queue' }).click()
    await page.getByRole('heading', { name: 'fresh' }).waitFor()
    assert.equal((await api.get('/queues/%2F/fresh')).body.arguments['x-message-ttl'], 600_000)

    await page.getByRole('tab', { name: 'Publish' }).click()
    await page.getByLabel('Headers as JSON').fill('{"a": 1}')
    await page.getByLabel('Payload', { exact: true }).fill('{"hello": "world"}')
    await page.getByRole('button', { name: 'Publish message' }).click()
    await page.getByText('1 message published').waitFor()

    await page.getByRole('tab', { name: 'Messages' }).click()
    await page.getByRole('button', { name: 'Message 0' }).click()
    await page.getByRole('dialog', { name: 'Message 0' }).getByText('"hello": "world"').waitFor()
    await page.keyboard.press('Escape')
    assert.equal((await api.get('/queues/%2F/fresh')).body.message_stats.get, 0)

    await page.getByRole('tab', { name: 'Settings' }).click()
    await page.getByRole('button', { name: /Delete queue fresh/ }).click()
    const confirmation = page.getByRole('dialog', { name: /Delete queue fresh with 1 message/ })
    const sure = confirmation.getByRole('button', { name: /Delete queue fresh/ })
    assert.ok(await sure.isDisabled())
    await confirmation.getByLabel('Type fresh to confirm').fill('fresh')
    await sure.click()
    await page.waitForURL(/#\/queues$/)
    assert.equal((await api.get('/queues/%2F/fresh')).status, 404)
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('the list is filtered by words and sorted by the server, and its address says so', async () => {
    const visit = await stage.enter('#/queues')
    const { page } = visit
    await page.getByRole('link', { name: 'mail' }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('orders messages:>0')
    await page.getByRole('link', { name: 'mail' }).waitFor({ state: 'detached' })
    await page.locator('tbody tr').nth(1).waitFor({ state: 'detached' })
    assert.equal(await page.locator('tbody tr').count(), 1)
    assert.match(page.url(), /filter=orders/)
    await page.getByLabel('Filter').fill('')
    await page.getByRole('button', { name: 'Ready' }).click()
    await page.locator('tbody tr').first().getByText('orders.eu').waitFor()
    await page.locator('th[aria-sort=descending]').getByText('Ready').waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('several queues are purged at once, after their number was typed', async () => {
    for (const name of ['bulk.1', 'bulk.2']) {
      await api.put(`/queues/%2F/${name}`, {})
      await publish(name, ['a', 'b'])
    }
    const visit = await stage.enter('#/queues?filter=bulk')
    const { page } = visit
    await page.getByRole('checkbox', { name: 'Select all rows of this page' }).check()
    await page.getByRole('button', { name: 'Purge' }).click()
    const dialog = page.getByRole('dialog', { name: 'Purge 4 messages from 2 queues' })
    await dialog.getByLabel('Type 2 to confirm').fill('2')
    await dialog.getByRole('button', { name: 'Purge 4 messages from 2 queues' }).click()
    await page.getByText('All 2 done.').waitFor()
    assert.equal((await api.get('/queues/%2F/bulk.1')).body.messages, 0)
    await visit.close()
  })

  test('a dead-lettered message is found and replayed to where it came from', async () => {
    await api.put('/queues/%2F/letters.dead', {})
    const arguments_ = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'letters.dead' }
    await api.put('/queues/%2F/letters', { arguments: arguments_ })
    await publish('letters', ['never mind', 'replay me'])
    await api.post('/queues/%2F/letters/get', { count: 2, ackmode: 'reject_requeue_false', encoding: 'auto' })
    const visit = await stage.enter('#/queues/%2F/letters.dead?tab=messages')
    const { page } = visit
    await page.getByRole('row').filter({ hasText: 'replay me' }).getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Replay' }).click()
    const sentence = 'Replay 1 message to where they died'
    await page.getByRole('dialog', { name: sentence }).getByRole('button', { name: sentence }).click()
    await page.getByText('All 1 done.').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await page.getByText('never mind').waitFor()
    await page.getByText('replay me').waitFor({ state: 'detached' })
    const browsed = await api.post('/x/queues/%2F/letters/browse', {})
    assert.deepEqual(
      browsed.body.messages.map(({ payload }: { payload: string }) => payload),
      ['replay me'],
    )
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('a queue is paused and resumed', async () => {
    const visit = await stage.enter('#/queues/%2F/mail')
    const { page } = visit
    for (const verb of ['Pause', 'Resume']) {
      await page.getByRole('button', { name: verb, exact: true }).click()
      const sentence = `${verb} deliveries from mail`
      await page.getByRole('dialog').getByRole('button', { name: sentence }).click()
      await page.getByRole('button', { name: verb === 'Pause' ? 'Resume' : 'Pause', exact: true }).waitFor()
    }
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('a queue is bound and unbound', async () => {
    const visit = await stage.enter('#/queues/%2F/mail?tab=bindings')
    const { page } = visit
    await page.getByLabel('From exchange').fill('amq.topic')
    await page.getByLabel('Routing key').fill('mail.#')
    await page.getByRole('button', { name: 'Bind', exact: true }).click()
    await page.getByRole('button', { name: 'Unbind from amq.topic with key mail.#' }).click()
    const sentence = 'Unbind from amq.topic with key mail.#'
    await page.getByRole('dialog').getByRole('button', { name: sentence }).click()
    await page.getByText('Unbound').waitFor()
    assert.equal((await api.get('/queues/%2F/mail/bindings')).body.length, 1)
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('names that are code are shown as names', async () => {
    const payloads = ['<img src=x onerror=alert(1)>', '"><script>alert(2)</script>', "javascript:alert('3')"]
    for (const name of payloads) {
      await api.put(`/queues/%2F/${encodeURIComponent(name)}`, { arguments: { 'x-dead-letter-exchange': name } })
      await publish(name, [name])
    }
    const visit = await stage.enter('#/queues')
    for (const name of payloads) {
      for (const tab of ['overview', 'messages', 'consumers', 'bindings', 'publish', 'settings']) {
        await visit.go(`#/queues/%2F/${encodeURIComponent(name)}?tab=${tab}`)
        await visit.page.getByRole('heading', { name, exact: true, level: 1 }).waitFor()
        await visit.page.getByRole('tab', { selected: true }).waitFor()
      }
    }
    await visit.go('#/queues')
    await visit.page.getByRole('link', { name: payloads[0]! }).waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing wrong on their pages, in the ${colorScheme} theme`, async () => {
      const visit = await stage.enter('#/queues', { colorScheme })
      await visit.page.getByRole('link', { name: 'orders.eu' }).waitFor()
      assert.deepEqual(await visit.axe(), [])
      for (const tab of ['overview', 'messages', 'consumers', 'bindings', 'publish', 'settings']) {
        await visit.go(`#/queues/%2F/orders.eu?tab=${tab}`)
        await visit.page.getByRole('tabpanel').waitFor()
        assert.deepEqual(await visit.axe(), [], tab)
      }
      await visit.go('#/queues/%2F/orders.eu?tab=messages&m=0')
      await visit.page.getByRole('dialog').getByText('"order": 1').waitFor()
      assert.deepEqual(await visit.axe(), [])
      await visit.close()
    })
  }

  test('nothing is wider than a narrow screen', async () => {
    const visit = await stage.enter('#/queues', { viewport: { width: 360, height: 740 } })
    for (const hash of [
      '#/',
      '#/queues',
      '#/streams',
      '#/exchanges',
      '#/exchanges/%2F/amq.topic',
      ...['overview', 'messages', 'publish'].map((tab) => `#/queues/%2F/orders.eu?tab=${tab}`),
    ]) {
      await visit.go(hash)
      await visit.page.locator('main :is(.card, table, canvas)').first().waitFor()
      const beyond = await visit.page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok(Number(beyond) <= 0, hash)
    }
    await visit.close()
  })
})
