import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HttpError } from './http-error.ts'
import { type JsonObject, type Listed, type ListQuery, list, type Page } from './listing.ts'

const queues: readonly JsonObject[] = [
  { name: 'orders.eu', messages: 5, durable: true, message_stats: { publish_details: { rate: 2.5 } } },
  { name: 'Orders.us', messages: 50, durable: true },
  { name: 'mail', messages: 7, durable: false, message_stats: { publish_details: { rate: 0 } } },
]

function listed(items: readonly JsonObject[] = queues): Listed<JsonObject> {
  return { items, name: (item) => String(item.name), write: (item) => item }
}

const names = (answer: readonly JsonObject[] | Page) =>
  ('items' in answer ? answer.items : answer).map(({ name }) => name)

describe('a list', () => {
  it('is bare without a page, and sorted only when asked', () => {
    assert.deepEqual(list(listed(), {}), queues)
    assert.deepEqual(list(listed(), { sort: '' }), queues)
    assert.deepEqual(names(list(listed(), { sort: 'messages', sort_reverse: 'true' })), [
      'Orders.us',
      'mail',
      'orders.eu',
    ])
    assert.deepEqual(names(list(listed(), { sort: 'name' })), ['Orders.us', 'mail', 'orders.eu'])
  })

  it('keeps what all words of a filter fit', () => {
    const items = [
      { name: 'orders.eu', type: 'quorum', messages: 5, arguments: { 'x-max-length': 3 } },
      { name: 'orders.us', type: 'classic', messages: 5000, arguments: {} },
      { name: 'events', type: 'stream', messages: 7, arguments: {} },
    ]
    const named = (filter: string) => names(list(listed(items), { filter }))
    assert.deepEqual(named('orders messages:>1000'), ['orders.us'])
    assert.deepEqual(named('type:QUORUM'), ['orders.eu'])
    assert.deepEqual(named('-type:stream messages:<=5000'), ['orders.eu', 'orders.us'])
    assert.deepEqual(named('arg:x-max-length'), ['orders.eu'])
    assert.deepEqual(named('arg:x-max-length=4'), [])
    assert.deepEqual(named('name:~^ev'), ['events'])
    assert.deepEqual(named('type:!stream us'), ['orders.us'])
    assert.deepEqual(named('"orders.eu"'), ['orders.eu'])
    assert.throws(() => named('messages:>many'), /comparison with a number/)
    assert.throws(() => named('name:~('), /invalid regex/)
  })

  it('sorts by what lies deeper, with those first that lack it', () => {
    const sort = 'message_stats.publish_details.rate'
    assert.deepEqual(names(list(listed(), { sort })), ['Orders.us', 'mail', 'orders.eu'])
  })

  it('filters by name only where pages are asked for', () => {
    assert.equal((list(listed(), { name: 'ord' }) as readonly JsonObject[]).length, 3)
    const page = list(listed(), { page: '1', name: 'ord', page_size: '1' }) as Page
    assert.deepEqual(
      { ...page, items: names(page) },
      {
        filtered_count: 2,
        item_count: 1,
        items: ['orders.eu'],
        page: 1,
        page_count: 2,
        page_size: 1,
        total_count: 3,
      },
    )
    assert.deepEqual(names(list(listed(), { page: '1', name: '^ORD.*us$', use_regex: 'true' })), ['Orders.us'])
  })

  it('has one page when nothing is in it', () => {
    assert.equal((list(listed([]), { page: '1' }) as Page).page_count, 1)
  })

  it('shows the columns asked for, of those that are there', () => {
    const columns = 'name,message_stats.publish_details.rate,nope.deep,__proto__.polluted'
    assert.deepEqual((list(listed(), { columns }) as readonly JsonObject[]).slice(0, 2), [
      { name: 'orders.eu', message_stats: { publish_details: { rate: 2.5 } } },
      { name: 'Orders.us' },
    ])
  })

  it('refuses what is no page and no pattern', () => {
    const refused: [ListQuery, RegExp][] = [
      [{ page: '0' }, /page should be greater than 0/],
      [{ page: 'x' }, /page should be greater than 0/],
      [{ page: '3' }, /page out of range, page: 3 page size: 100 total pages: 1/],
      [{ page: '1', page_size: '501' }, /page size/],
      [{ page: '1', use_regex: 'true', name: '(' }, /invalid regex/],
    ]
    for (const [query, reason] of refused) {
      assert.throws(
        () => list(listed(), query),
        (error) => error instanceof HttpError && error.status === 400 && reason.test(error.reason),
      )
    }
  })

  it('is not stopped by a hostile pattern', () => {
    const items = [{ name: `${'a'.repeat(200)}!` }]
    const started = performance.now()
    list(listed(items), { page: '1', use_regex: 'true', name: '(a+)+$' })
    assert.ok(performance.now() - started < 1000)
  })
})
