import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { before, describe, test } from 'node:test'
import { browserOptions, withBrowser } from '../support/browser.ts'
import { HttpApi } from '../support/http-api.ts'

const stage = withBrowser()
let api: HttpApi

describe('the topology in the management UI', browserOptions, () => {
  before(async () => {
    if ('skip' in browserOptions) return
    api = new HttpApi(stage.lapine.httpUrl)
    const exchange = (name: string, type: string, more = {}) => ({
      ...{ name, type, vhost: '/', durable: true, auto_delete: false, internal: false, arguments: more },
    })
    const queue = (name: string, vhost = '/', more = {}) => ({
      ...{ name, vhost, durable: true, auto_delete: false, arguments: more },
    })
    const binding = (source: string, destination: string, key: string, type = 'queue') => ({
      ...{ source, destination, vhost: '/', destination_type: type, routing_key: key, arguments: {} },
    })
    const many = Array.from({ length: 400 }, (_, n) => queue(`${n % 2 === 0 ? 'even' : 'odd'}.${n}`, 'large'))
    const answer = await api.post('/definitions', {
      vhosts: [{ name: 'large' }],
      permissions: [{ user: 'guest', vhost: 'large', configure: '.*', write: '.*', read: '.*' }],
      exchanges: [
        exchange('shop', 'topic', { 'alternate-exchange': 'rest' }),
        exchange('orders', 'topic'),
        exchange('rest', 'fanout'),
        exchange('dead', 'fanout'),
      ],
      queues: [
        queue('orders.eu', '/', { 'x-dead-letter-exchange': 'dead' }),
        ...['orders.us', 'leftovers', 'letters'].map((name) => queue(name)),
        ...many,
      ],
      bindings: [
        binding('shop', 'orders', 'order.#', 'exchange'),
        binding('orders', 'orders.eu', 'order.eu.*'),
        binding('orders', 'orders.us', 'order.us.*'),
        binding('rest', 'leftovers', ''),
        binding('dead', 'letters', ''),
      ],
    })
    assert.equal(answer.status, 204)
  })

  test('the way of a message is shown with the bindings that fit, those that do not, and what comes after', async () => {
    const visit = await stage.enter('#/topology')
    const { page } = visit
    await page.locator('canvas').waitFor()
    await page.getByLabel('Exchange').selectOption('shop')
    await page.getByLabel('Routing key').fill('order.eu.paid')
    await page.getByRole('button', { name: 'Show the way' }).click()
    await page.getByText('It would reach 1 queue.').waitFor()
    await page.getByText('orders takes it by the binding with the key “order.eu.*”.').waitFor()
    await page.getByText('If it is rejected or expires there, it goes to dead with the key “order.eu.paid”.').waitFor()
    await page.getByText('Nobody consumes from it').waitFor()
    await page.getByText('1 binding on its way does not fit').click()
    await page.getByText('orders → orders.us: “order.us.*”').waitFor()
    assert.match(page.url(), /exchange=shop&key=order.eu.paid/)

    await page.getByLabel('Routing key').fill('parcel')
    await page.getByRole('button', { name: 'Show the way' }).click()
    await page.getByText('rest takes it by the binding').waitFor()
    await page.getByLabel('Exchange').selectOption('orders')
    await page.getByRole('button', { name: 'Show the way' }).click()
    await page.getByText('No queue would take it.').waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('the picture is moved and zoomed by mouse and keys, searched, and leads to what it shows', async () => {
    const visit = await stage.enter('#/topology')
    const { page } = visit
    const canvas = page.locator('canvas')
    await canvas.waitFor()
    const seen = (name: string) => canvas.getAttribute(`data-${name}`).then(Number)
    const first = { scale: await seen('scale'), left: await seen('left') }
    await canvas.focus()
    await page.keyboard.press('+')
    assert.ok((await seen('scale')) > first.scale)
    await page.keyboard.press('0')
    await page.keyboard.press('ArrowRight')
    assert.equal(await seen('left'), first.left - 60)
    await page.getByRole('button', { name: 'See all' }).click()
    const box = (await canvas.boundingBox())!
    await page.mouse.move(box.x + 20, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + 120, box.y + 20)
    await page.mouse.up()
    assert.equal(await seen('left'), first.left + 100)
    await page.mouse.wheel(0, 100)
    assert.ok((await seen('scale')) < first.scale)

    // What is searched stands in the middle.
    const before = await seen('left')
    await page.getByLabel('Filter').fill('orders.eu')
    await page.locator(`canvas:not([data-left="${before}"])`).waitFor()
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    await page.getByRole('link', { name: 'orders.eu' }).click()
    await page.getByRole('heading', { name: 'orders.eu' }).waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('the list says the same in words, follows what changes, and the whole goes out as Mermaid', async () => {
    const visit = await stage.enter('#/topology?tab=list')
    const { page } = visit
    const row = page.getByRole('row').filter({ hasText: 'Exchange' })
    await row.filter({ hasText: 'orders.eu (order.eu.*); orders.us (order.us.*)' }).waitFor()
    await row.filter({ hasText: 'Unroutable: rest' }).waitFor()
    await page.getByRole('row').filter({ hasText: 'Dead letters: dead' }).waitFor()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as Mermaid' }).click(),
    ])
    assert.match(await readFile(await file.path(), 'utf8'), /^flowchart LR\n.*\{\{"shop"\}\}.* -\.-> /s)
    await api.put('/queues/%2F/brand.new', {})
    await page.getByRole('link', { name: 'brand.new' }).waitFor()
    await page.getByRole('tab', { name: 'Picture' }).click()
    await page.locator('canvas').waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('many things stand together by the beginnings of their names, and are opened', async () => {
    const visit = await stage.enter('#/topology?vhost=large')
    const { page } = visit
    await page.getByText('400 things are too many for one picture').waitFor()
    await page.getByRole('img', { name: /^Picture of 2 things/ }).waitFor()
    await page.getByText('Groups', { exact: true }).click()
    await page.getByRole('button', { name: 'Open the group even.' }).click()
    await page.getByRole('img', { name: /^Picture of 201 things/ }).waitFor()
    await page.getByRole('button', { name: 'Close all groups' }).click()
    await page.getByRole('img', { name: /^Picture of 2 things/ }).waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing wrong with it, in the ${colorScheme} theme, nor does it overflow a telephone`, async () => {
      const visit = await stage.enter('#/topology', { colorScheme })
      const { page } = visit
      await page.locator('canvas').waitFor()
      await page.getByLabel('Exchange').selectOption('shop')
      await page.getByLabel('Routing key').fill('order.eu.paid')
      await page.getByRole('button', { name: 'Show the way' }).click()
      await page.getByText('It would reach 1 queue.').waitFor()
      assert.deepEqual(await visit.axe(), [])
      await page.setViewportSize({ width: 360, height: 780 })
      assert.ok(((await page.evaluate('document.documentElement.scrollWidth - innerWidth')) as number) <= 0)
      await visit.go('#/topology?tab=list')
      await page.getByRole('row').getByRole('link', { name: 'orders.eu' }).waitFor()
      assert.deepEqual(await visit.axe(), [])
      await visit.close()
    })
  }
})
