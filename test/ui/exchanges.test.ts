import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { connect } from 'amqplib'
import { browserOptions, withBrowser } from '../support/browser.ts'
import { HttpApi } from '../support/http-api.ts'

const stage = withBrowser()
let api: HttpApi

describe('exchanges and streams in the management UI', browserOptions, () => {
  before(async () => {
    if ('skip' in browserOptions) return
    api = new HttpApi(stage.lapine.httpUrl)
    await api.put('/queues/%2F/orders.eu', {})
    await api.put('/queues/%2F/events', { arguments: { 'x-queue-type': 'stream' } })
    await api.put('/exchanges/%2F/orders', { type: 'topic' })
    await api.post('/bindings/%2F/e/orders/q/orders.eu', { routing_key: 'order.eu.#', arguments: {} })
    const connection = await connect(stage.lapine.url)
    const channel = await connection.createConfirmChannel()
    for (let n = 0; n < 120; n++) channel.sendToQueue('events', Buffer.from(`event ${n}`))
    await channel.waitForConfirms()
    await connection.close()
  })

  test('an exchange is added, bound, asked where a message would go, and deleted', async () => {
    const visit = await stage.enter('#/exchanges')
    const { page } = visit
    await page.getByRole('button', { name: 'Add exchange' }).click()
    const dialog = page.getByRole('dialog', { name: 'Add exchange' })
    await dialog.getByLabel('Name').fill('fresh')
    await dialog.getByRole('button', { name: 'Add exchange' }).click()
    await page.getByText('Nothing is bound to it').waitFor()
    await page.getByLabel('Name').fill('orders.eu')
    await page.getByLabel('Routing key').fill('a.*')
    await page.getByRole('button', { name: 'Bind', exact: true }).click()
    await page.getByRole('link', { name: 'orders.eu' }).waitFor()

    await page.getByRole('tab', { name: 'Where would it go?' }).click()
    await page.getByLabel('Routing key').fill('a.b')
    await page.getByRole('button', { name: 'Where would it go?' }).click()
    await page.getByText('It would reach 1 queue.').waitFor()
    await page.getByLabel('Routing key').fill('x')
    await page.getByRole('button', { name: 'Where would it go?' }).click()
    await page.getByText('it would be unroutable').waitFor()

    await page.getByRole('tab', { name: 'Publish' }).click()
    await page.getByRole('button', { name: 'Publish message' }).click()
    await page.getByText('The message was unroutable').waitFor()

    await page.getByRole('tab', { name: 'Settings' }).click()
    await page.getByRole('button', { name: 'Delete exchange fresh' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete exchange fresh' }).click()
    await page.waitForURL(/#\/exchanges$/)
    assert.equal((await api.get('/exchanges/%2F/fresh')).status, 404)
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('a stream is read from an offset, page by page, and followed', async () => {
    const visit = await stage.enter('#/streams')
    const { page } = visit
    await page.getByRole('link', { name: 'events', exact: true }).click()
    await page.getByRole('tab', { name: 'Messages' }).click()
    await page.getByText('event 49').waitFor()
    await page.getByRole('button', { name: 'Next', exact: true }).click()
    await page.getByText('event 50').waitFor()
    await page.getByLabel('From offset').fill('110')
    await page.getByRole('button', { name: 'Go', exact: true }).click()
    await page.getByText('event 119').waitFor()
    await page.getByText('event 109').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Follow' }).click()
    await api.post('/exchanges/%2F/amq.default/publish', {
      routing_key: 'events',
      payload: 'the news',
      payload_encoding: 'string',
      properties: {},
    })
    await page.locator('tbody tr').first().getByText('the news').waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing wrong on their pages, in the ${colorScheme} theme`, async () => {
      const visit = await stage.enter('#/exchanges', { colorScheme })
      const tabs = ['bindings', 'route', 'publish', 'settings'].map((tab) => `#/exchanges/%2F/orders?tab=${tab}`)
      for (const hash of ['#/exchanges', ...tabs, '#/streams', '#/streams/%2F/events?tab=messages']) {
        await visit.go(hash)
        await visit.page.locator('table, [role=tabpanel]').first().waitFor()
        assert.deepEqual(await visit.axe(), [], hash)
      }
      await visit.close()
    })
  }
})
