import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { type Channel, type ChannelModel, connect } from 'amqplib'
import { browserOptions, withBrowser } from '../support/browser.ts'
import { HttpApi } from '../support/http-api.ts'

const stage = withBrowser()
let api: HttpApi
let connection: ChannelModel
let channel: Channel

describe('messages and events as they go by in the management UI', browserOptions, () => {
  before(async () => {
    if ('skip' in browserOptions) return
    api = new HttpApi(stage.lapine.httpUrl)
    await api.put('/queues/%2F/orders', {})
    connection = await connect(stage.lapine.url)
    channel = await connection.createChannel()
  })

  after(async () => {
    await connection?.close()
  })

  const publish = (body: string, key = 'orders') =>
    channel.publish('', key, Buffer.from(body), { headers: { tenant: 'a' } })

  test('messages are shown as they go by, held still, filtered, opened, exported, and no more after a stop', async () => {
    const visit = await stage.enter('#/tail')
    const { page } = visit
    await page.getByText('Not started.').waitFor()
    await page.getByLabel('Routing key').fill('^orders|nowhere')
    await page.getByRole('button', { name: 'Start' }).click()
    await page.getByText('Running; stops by itself').waitFor()
    assert.match(page.url(), /key=/)
    publish('{"order":1}')
    publish('lost', 'nowhere')
    await page.getByText('unroutable').waitFor()
    assert.equal(await page.locator('tbody tr').count(), 2)

    await page.getByRole('button', { name: 'Hold still' }).click()
    publish('while held')
    await page.getByRole('button', { name: 'Go on (1 new row)' }).click()
    await page.getByText('while held').waitFor()

    await page.getByLabel('Filter').fill('{\\"order')
    await page.getByText('while held').waitFor({ state: 'detached' })
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as NDJSON' }).click(),
    ])
    const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n')
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).payload),
      ['{"order":1}'],
    )
    await page.getByRole('button', { name: /^Message of/ }).click()
    await page.getByRole('dialog').getByText('"order": 1').waitFor()
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByText('Stopped.').waitFor()
    await page.getByRole('button', { name: 'Clear', exact: true }).click()
    await page.getByText('Nothing has gone by yet.').waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('what the broker refuses is said in its words', async () => {
    const visit = await stage.enter('#/tail?key=%5B')
    await visit.page.getByRole('button', { name: 'Start' }).click()
    await visit.page.getByRole('alert').getByText('invalid regex').waitFor()
    await visit.close()
  })

  test('what happens is listed with its details, and alarms stand above', async () => {
    const visit = await stage.enter('#/exchanges')
    const { page } = visit
    // The stream begins anew when the page is opened: what happens is heard from its answer on.
    const begun = page.waitForResponse(
      (response) =>
        (response.url().endsWith('/x/events') && response.request().postData()?.includes('topology')) === true,
    )
    await page.getByRole('link', { name: 'Events', exact: true }).click()
    await page.getByText('There is no alarm').waitFor()
    await begun
    await api.put('/queues/%2F/fresh', {})
    await page.getByRole('link', { name: 'fresh' }).waitFor()
    await api.post('/bindings/%2F/e/amq.topic/q/fresh', { routing_key: 'a.#', arguments: {} })
    await page.getByText('amq.topic → fresh with a.#').waitFor()
    await page.getByRole('button', { name: /^queue.created/ }).click()
    await page.getByRole('dialog').getByText('user_who_performed_action').waitFor()
    await page.keyboard.press('Escape')
    await page.getByLabel('Filter').fill('binding')
    await page.getByRole('link', { name: 'fresh' }).waitFor({ state: 'detached' })
    await page.getByLabel('Users and permissions').uncheck()
    assert.match(page.url(), /topics=/)
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing wrong on either page, in the ${colorScheme} theme, nor does it overflow a telephone`, async () => {
      const visit = await stage.enter('#/tail', { colorScheme, viewport: { width: 360, height: 780 } })
      const { page } = visit
      await page.getByRole('button', { name: 'Start' }).click()
      await page.getByText('Running; stops by itself').waitFor()
      publish('seen by axe')
      await page.getByText('seen by axe').first().waitFor()
      assert.deepEqual(await visit.axe(), [])
      const overflow = 'document.documentElement.scrollWidth - innerWidth'
      assert.ok(((await page.evaluate(overflow)) as number) <= 0)
      await page.setViewportSize({ width: 1440, height: 900 })
      const listening = page.waitForResponse(
        (response) =>
          (response.url().endsWith('/x/events') && response.request().postData()?.includes('topology')) === true,
      )
      await visit.go('#/events')
      await listening
      await api.put(`/exchanges/%2F/seen.${colorScheme}`, { type: 'fanout' })
      await page.getByRole('link', { name: `seen.${colorScheme}` }).waitFor()
      assert.deepEqual(await visit.axe(), [])
      await page.setViewportSize({ width: 360, height: 780 })
      assert.ok(((await page.evaluate(overflow)) as number) <= 0)
      await visit.close()
    })
  }
})
