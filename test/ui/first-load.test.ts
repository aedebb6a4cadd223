import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { browserOptions, withBrowser } from '../support/browser.ts'

const stage = withBrowser({ configuration: 'management.path_prefix = /rabbit' })

describe('the first load of the management UI', browserOptions, () => {
  test('is at most six requests and 120 kB until there is something to see, also under a prefix', async () => {
    const visit = await stage.open()
    const { page } = visit
    await page.addInitScript(`sessionStorage.setItem('lapine.authorization', 'Basic ${btoa('guest:guest')}')`)
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    const requests: string[] = []
    let bytes = 0
    session.on('Network.requestWillBeSent', ({ request }) => {
      // What browsers fetch for the tab is not waited for.
      if (!request.url.endsWith('.svg')) requests.push(new URL(request.url).pathname)
    })
    session.on('Network.dataReceived', ({ encodedDataLength }) => {
      bytes += encodedDataLength
    })
    await page.goto(`${stage.url}rabbit/`)
    await page.locator('.tile-value').first().getByText(/\d/).waitFor()
    // The stream of figures fills the first view; what comes later is asked for after it.
    assert.ok(bytes > 10_000 && bytes < 120_000, `${bytes} bytes`)
    const figures = requests.findIndex((path) => path.endsWith('/x/events'))
    assert.ok(figures >= 0 && figures < 6, requests.join(' '))
    await visit.close()
  })

  test('leads to the folder when its slash is missing', async () => {
    const answer = await fetch(`${stage.url}rabbit`, { redirect: 'manual' })
    assert.equal(answer.status, 302)
    assert.equal(answer.headers.get('location'), 'rabbit/')
  })
})
