import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ChannelModel, connect } from 'amqplib'
import { browserOptions, withBrowser } from '../support/browser.ts'
import { HttpApi } from '../support/http-api.ts'

const stage = withBrowser()
const clients: ChannelModel[] = []

async function client(name: string): Promise<ChannelModel> {
  const connection = await connect(stage.lapine.url, { clientProperties: { connection_name: name } })
  // Being closed by the broker is what they are for.
  connection.on('error', () => {})
  clients.push(connection)
  return connection
}

describe('connections, channels and consumers in the management UI', browserOptions, () => {
  before(async () => {
    if ('skip' in browserOptions) return
    await new HttpApi(stage.lapine.httpUrl).put('/queues/%2F/orders', {})
    const channel = await (await client('shop')).createChannel()
    await channel.prefetch(7)
    await channel.consume('orders', () => {}, { consumerTag: 'reader' })
    await client('mailer 1')
    await client('mailer 2')
    const failing = await client('failing')
    const broken = await failing.createChannel()
    broken.on('error', () => {})
    await assert.rejects(broken.checkQueue('nowhere'))
    await failing.close()
  })
  after(async () => {
    for (const connection of clients) await connection.close().catch(() => {})
  })

  test('connections are grouped, filtered, selected and closed with a reason', async () => {
    const visit = await stage.enter('#/connections')
    const { page } = visit
    await page.getByRole('link', { name: 'mailer 1' }).waitFor()
    await page.getByLabel('Group by').selectOption('application')
    await page.getByRole('button', { name: 'mailer 2' }).click()
    await page.getByRole('link', { name: 'mailer 2' }).waitFor()
    await page.getByRole('link', { name: 'mailer 1' }).waitFor({ state: 'detached' })
    await visit.go('#/connections?filter=user_provided_name:~mailer')
    await page.getByRole('link', { name: 'shop' }).waitFor({ state: 'detached' })
    const gone = clients
      .slice(1, 3)
      .map((connection) => new Promise<Error>((resolve) => connection.once('close', resolve)))
    await page.getByLabel('Select all rows of this page').check()
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Close 2 connections' })
    await dialog.getByLabel('Reason, as the client is told').fill('moving house')
    await dialog.getByRole('button', { name: 'Close 2 connections' }).click()
    await page.getByText('2 connections closed').waitFor()
    for (const error of await Promise.all(gone)) assert.match(error.message, /moving house/)
    await page.getByText('Nothing fits the filter.').waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('a closed connection says who ended it and why, with the errors of its channels', async () => {
    const visit = await stage.enter('#/connections?tab=closed')
    const { page } = visit
    await page.getByRole('row', { name: /failing .*client/ }).waitFor()
    await page.getByRole('link', { name: 'failing' }).click()
    await page.getByText('This connection has ended.').waitFor()
    await page.getByText(/NOT_FOUND - no queue 'nowhere'/).waitFor()
    await visit.close()
  })

  test('a connection leads to its channels and these to their consumers; it is closed by a button', async () => {
    const visit = await stage.enter('#/consumers')
    const { page } = visit
    await page.getByText('reader').waitFor()
    await visit.go('#/connections')
    await page.getByRole('link', { name: 'shop' }).click()
    await page.getByRole('link', { name: /\(1\)$/ }).waitFor()
    await page.getByRole('tab', { name: 'Details' }).click()
    await page.getByText('"connection_name": "shop"').waitFor()
    await page.getByRole('tab', { name: 'Events' }).click()
    await page.getByText('Opened: guest logged in with PLAIN').waitFor()
    await page.getByRole('tab', { name: 'Channels' }).click()
    await page.getByRole('link', { name: /\(1\)$/ }).click()
    await page.getByText('1 consumer.').waitFor()
    await page.getByText('reader').waitFor()
    await page.getByRole('link', { name: /127/ }).first().click()
    await page.getByRole('button', { name: 'Close', exact: true }).click()
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Close connection/ })
      .click()
    await page.getByText('Closed via management UI').waitFor()
    await visit.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing wrong on their pages, in the ${colorScheme} theme, and 360 px are enough`, async () => {
      const shop = await client('painter')
      const channel = await shop.createChannel()
      await channel.consume('orders', () => {})
      const visit = await stage.enter('#/connections', { colorScheme })
      const { page } = visit
      const link = page.getByRole('link', { name: 'painter' }).first()
      const name = (await link.getAttribute('href'))!
      const pages = [
        '#/connections',
        '#/connections?tab=closed',
        '#/connections?group=user',
        '#/channels',
        '#/consumers',
      ]
      const tabs = ['channels', 'details', 'events'].map((tab) => `${name}?tab=${tab}`)
      for (const one of [...pages, ...tabs, `${name.replace('connections', 'channels')}%20(1)`]) {
        await visit.go(one)
        await page.locator('table, dl').first().waitFor()
        assert.deepEqual(await visit.axe(), [], one)
        await page.setViewportSize({ width: 360, height: 740 })
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, one)
        if (process.env.SHOTS !== undefined) {
          const file = one.replaceAll(/[^a-z=]+/g, '_').slice(0, 40)
          await page.screenshot({ path: `${process.env.SHOTS}/${colorScheme}-360${file}.png` })
          await page.setViewportSize({ width: 1440, height: 900 })
          await page.screenshot({ path: `${process.env.SHOTS}/${colorScheme}${file}.png` })
        }
        await page.setViewportSize({ width: 1440, height: 900 })
      }
      await visit.close()
      await shop.close()
    })
  }
})
