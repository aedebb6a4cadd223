import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { browserOptions, withBrowser } from '../support/browser.ts'

const stage = withBrowser()

describe('the management UI', browserOptions, () => {
  test('asks who it is, says so when it is somebody else, and lets guest in', async () => {
    const { page, complaints } = await stage.open()
    await page.goto(stage.url)
    await page.getByLabel('User name').fill('guest')
    await page.getByLabel('Password').fill('wrong')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByText('The user name or the password is wrong').waitFor()
    await page.getByLabel('Password').fill('guest')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.getByRole('button', { name: 'User guest' }).click()
    await page.getByRole('button', { name: 'Log out' }).click()
    await page.getByLabel('User name').waitFor()
    // A browser notes every refused request.
    assert.deepEqual(
      complaints.filter((text) => !/401/.test(text)),
      [],
    )
    await page.context().close()
  })

  test('is served so that no script but its own runs, and is kept by browsers', async () => {
    const index = await fetch(stage.url)
    const policy = index.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /require-trusted-types-for 'script'/)
    const html = await index.text()
    const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(html)?.[1]
    const answer = await fetch(`${stage.url}${script}`, { headers: { 'accept-encoding': 'br' } })
    assert.equal(answer.headers.get('content-encoding'), 'br')
    assert.match(answer.headers.get('cache-control') ?? '', /immutable/)
  })

  test('is found by keyboard: pages by two keys, anything by the palette', async () => {
    const visit = await stage.enter()
    const { page, complaints } = visit
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('q')
    await page.getByRole('heading', { name: 'Queues' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('overv')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.keyboard.type('add q')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Add queue' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor()
    await page.keyboard.press('Escape')
    assert.deepEqual(complaints, [])
    await visit.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`has nothing that axe finds wrong, in the ${colorScheme} theme`, async () => {
      const visit = await stage.enter('#/', { colorScheme })
      await visit.page.getByRole('heading', { name: 'Connect a client' }).waitFor()
      await visit.page.locator('canvas').first().waitFor()
      assert.deepEqual(await visit.axe(), [])
      await visit.page.getByRole('button', { name: 'As a table: Messages in queues' }).click()
      await visit.page.getByRole('button', { name: 'User guest' }).click()
      assert.deepEqual(await visit.axe(), [])
      await visit.page.getByRole('button', { name: 'Log out' }).click()
      await visit.page.getByLabel('User name').waitFor()
      assert.deepEqual(await visit.axe(), [])
      await visit.close()
    })
  }

  test('leads addresses of RabbitMQ’s UI to the same things', async () => {
    const visit = await stage.enter('#/policies')
    await visit.page.waitForURL(/#\/admin\/policies/)
    await visit.close()
  })
})
