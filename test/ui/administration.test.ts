import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { browserOptions, withBrowser } from '../support/browser.ts'
import { HttpApi } from '../support/http-api.ts'

const stage = withBrowser()
let api: HttpApi

describe('administration in the management UI', browserOptions, () => {
  before(async () => {
    if ('skip' in browserOptions) return
    api = new HttpApi(stage.lapine.httpUrl)
    for (const name of ['orders.eu', 'orders.us', 'mail']) await api.put(`/queues/%2F/${name}`, {})
    const definition = { 'max-length': 5 }
    await api.put('/policies/%2F/eu', { pattern: '^orders.eu', definition, priority: 9, 'apply-to': 'queues' })
    await api.put('/policies/%2F/all', { pattern: '^mail', definition, priority: 0, 'apply-to': 'queues' })
  })

  test('a user is added, tagged, given permissions that can be tried, limited and deleted by name', async () => {
    const visit = await stage.enter('#/admin/users')
    const { page } = visit
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Add user' }).click()
    await dialog.getByLabel('Name').fill('shop')
    await dialog.getByRole('button', { name: 'Make one up' }).click()
    assert.ok((await dialog.getByLabel('Password').inputValue()).length >= 20)
    await dialog.getByRole('button', { name: 'Add user' }).click()
    await page.getByRole('heading', { name: 'shop' }).waitFor()
    const { password_hash: hash } = (await api.get('/users/shop')).body

    await page.getByRole('button', { name: 'Tags' }).click()
    await dialog.getByLabel('Tags, with commas').fill('monitoring')
    await dialog.getByRole('button', { name: 'Set the tags of shop' }).click()
    await page.getByText('Tags: monitoring.').waitFor()
    assert.equal((await api.get('/users/shop')).body.password_hash, hash)

    await page.getByRole('button', { name: 'Set permissions in /' }).click()
    await dialog.getByLabel('Write').fill('^orders')
    await dialog.getByRole('button', { name: 'Set permissions in /' }).click()
    await page.getByText('^orders', { exact: true }).waitFor()
    await page.getByLabel('Queue or exchange').fill('orders.eu')
    await page.getByText('Yes: shop may write orders.eu.').waitFor()
    await page.getByLabel('Queue or exchange').fill('mail')
    await page.getByText('No: shop may not write mail.').waitFor()

    await page.getByRole('button', { name: 'Add topic permission' }).click()
    await dialog.getByLabel('Write').fill('^eu')
    await dialog.getByRole('button', { name: 'Add topic permission' }).click()
    await page.getByRole('button', { name: 'Take away topic permissions in /' }).click()
    await dialog.getByRole('button', { name: 'Take away topic permissions in /' }).click()
    await page.getByText('None: every routing key is allowed.').waitFor()

    await page.getByRole('button', { name: 'Set limit' }).click()
    await dialog.getByLabel('At most').fill('3')
    await dialog.getByRole('button', { name: 'Set limit' }).click()
    await page.getByRole('button', { name: 'Take away max-connections' }).click()
    assert.deepEqual((await api.get('/user-limits/shop')).body[0].value, { 'max-connections': 3 })
    await dialog.getByRole('button', { name: 'Take away max-connections' }).click()
    await page.getByRole('button', { name: 'Take away all permissions in /' }).click()
    await dialog.getByRole('button', { name: 'Take away all permissions in /' }).click()
    await page.getByText('no entry').first().waitFor()

    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await dialog.getByLabel('Type shop to confirm').fill('shop')
    await dialog.getByRole('button', { name: 'Delete user shop' }).click()
    await page.waitForURL(/#\/admin\/users$/)
    assert.equal((await api.get('/users/shop')).status, 404)
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('a virtual host is added, changed, protected from deletion, and deleted by name', async () => {
    const visit = await stage.enter('#/admin/vhosts')
    const { page } = visit
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Add virtual host' }).click()
    await dialog.getByLabel('Name').fill('staging')
    await dialog.getByLabel('Default queue type').selectOption('quorum')
    await dialog.getByLabel('Protected from deletion').check()
    await dialog.getByRole('button', { name: 'Add virtual host' }).click()
    await page.getByRole('link', { name: 'staging' }).click()
    await page.getByText('It is protected from deletion.').waitFor()
    assert.ok(await page.getByRole('button', { name: 'Delete', exact: true }).isDisabled())
    await page.getByRole('button', { name: 'Change' }).click()
    await dialog.getByLabel('Protected from deletion').uncheck()
    await dialog.getByLabel('Tracing').check()
    await dialog.getByRole('button', { name: 'Change virtual host staging' }).click()
    await page.getByText('tracing', { exact: true }).waitFor()
    const { tracing, default_queue_type: type } = (await api.get('/vhosts/staging')).body
    assert.deepEqual({ tracing, type }, { tracing: true, type: 'quorum' })
    await page.getByRole('button', { name: 'Delete', exact: true }).click()
    await dialog.getByLabel('Type staging to confirm').fill('staging')
    await dialog.getByRole('button', { name: 'Delete virtual host staging' }).click()
    await page.waitForURL(/#\/admin\/vhosts$/)
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('a policy shows what it would apply to and what keeps another before it is saved; it is deleted', async () => {
    const visit = await stage.enter('#/admin/policies')
    const { page } = visit
    const dialog = page.getByRole('dialog')
    await page.getByRole('button', { name: 'Add policy' }).click()
    await dialog.getByLabel('Name', { exact: true }).fill('short')
    await dialog.getByLabel('Pattern for names').fill('orders|mail')
    await dialog.getByText('3 queues would match').waitFor()
    await dialog.getByText('orders.eu: keeps eu, of priority 9').waitFor()
    await dialog.getByText('orders.us: gets it').waitFor()
    await dialog.getByText('mail: gets it instead of all').waitFor()
    await dialog.getByLabel('Key 1').selectOption('message-ttl')
    await dialog.getByLabel('Value 1').fill('5000')
    await dialog.getByLabel('Priority').fill('1')
    await dialog.getByRole('button', { name: 'Add policy' }).click()
    await page.getByText('message-ttl: 5000').waitFor()
    assert.equal((await api.get('/queues/%2F/orders.us')).body.policy, 'short')
    await page.getByRole('button', { name: 'Delete policy short' }).click()
    await dialog.getByRole('button', { name: 'Delete policy short' }).click()
    await page.getByText('message-ttl: 5000').waitFor({ state: 'detached' })
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  test('a file of definitions shows what it would change, is applied in part, and can be taken back', async () => {
    const visit = await stage.enter('#/admin/definitions')
    const { page } = visit
    const exported = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download definitions' }).click()
    assert.match((await exported).suggestedFilename(), /^definitions-.*\.json$/)
    const definition = { 'max-length': 7 }
    const policies = [{ vhost: '/', name: 'all', pattern: '^mail', definition, priority: 0, 'apply-to': 'queues' }]
    const buffer = Buffer.from(JSON.stringify({ policies, vhosts: [{ name: 'new' }] }))
    const file = { name: 'definitions.json', mimeType: 'application/json', buffer }
    await page.getByLabel('File of definitions').setInputFiles(file)
    await page.getByLabel('Take virtual hosts').uncheck()
    await page.getByRole('button', { name: 'Apply definitions: 0 new, 1 changed' }).click()
    assert.equal((await api.get('/policies/%2F/all')).body.definition['max-length'], 5)
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Apply definitions/ })
      .click()
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download rollback file' }).click()
    assert.match((await saved).suggestedFilename(), /^rollback-/)
    assert.equal((await api.get('/policies/%2F/all')).body.definition['max-length'], 7)
    assert.equal((await api.get('/vhosts/new')).status, 404)
    const broken = { ...file, buffer: Buffer.from('{') }
    await page.getByLabel('File of definitions').setInputFiles(broken)
    await page.getByText('This file is not JSON.').waitFor()

    await visit.go('#/admin/audit')
    await page.getByRole('row', { name: /login/ }).first().waitFor()
    await visit.go('#/feature-flags')
    await page.getByText('quorum_queue', { exact: true }).waitFor()
    assert.deepEqual(visit.complaints, [])
    await visit.close()
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`axe finds nothing wrong on its pages, in the ${colorScheme} theme, and 360 px are enough`, async () => {
      const visit = await stage.enter('#/admin/users', { colorScheme })
      const { page } = visit
      const pages = [
        'users',
        'users/guest',
        'vhosts',
        'vhosts/%2F',
        'policies',
        'definitions',
        'audit',
        'cluster',
        'cluster?tab=feature-flags',
      ]
      for (const name of pages) {
        await visit.go(`#/admin/${name}`)
        await page.locator('table, .panel').first().waitFor()
        assert.deepEqual(await visit.axe(), [], name)
        await page.setViewportSize({ width: 360, height: 740 })
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, name)
        await page.setViewportSize({ width: 1440, height: 900 })
        if (process.env.SHOTS !== undefined) {
          await page.screenshot({ path: `${process.env.SHOTS}/${colorScheme}-${name.replaceAll(/\W+/g, '_')}.png` })
        }
      }
      await visit.close()
    })
  }
})
