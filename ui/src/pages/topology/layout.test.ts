import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { NodeKind } from './graph.ts'
import { layOut, nodeSize } from './layout.ts'

const exchange: NodeKind = 'exchange'
const queue: NodeKind = 'queue'

describe('the layout of a topology', () => {
  test('goes from left to right: exchanges, exchanges behind them, queues, consumers', () => {
    const { x } = layOut({
      kinds: [queue, exchange, exchange, 'consumers'],
      edges: [
        [2, 1],
        [1, 0],
        [2, 0],
        [0, 3],
      ],
    })
    assert.ok(x[2]! < x[1]! && x[1]! < x[0]! && x[0]! < x[3]!, x.join())
  })

  test('survives cycles and edges to itself', () => {
    const { x, y } = layOut({
      kinds: [exchange, exchange, exchange, queue],
      edges: [
        [0, 1],
        [1, 2],
        [2, 0],
        [1, 1],
        [2, 3],
      ],
    })
    assert.ok(x.slice(0, 3).every((one) => one < x[3]!))
    assert.ok(y.every(Number.isFinite))
  })

  test('untangles lines that need not cross', () => {
    // Two exchanges, each with every other of six queues.
    const edges = [2, 3, 4, 5, 6, 7].map((to) => [to % 2, to] as const)
    const { y } = layOut({ kinds: [exchange, exchange, ...new Array<NodeKind>(6).fill(queue)], edges })
    const crossings = edges.flatMap(([a, b]) =>
      edges.filter(([c, d]) => y[a]! < y[c]! && y[b]! > y[d]!).map(([c, d]) => [a, b, c, d]),
    )
    assert.deepEqual(crossings, [])
  })

  test('of nothing is nothing', () => {
    assert.deepEqual(layOut({ kinds: [], edges: [] }), { x: [], y: [] })
  })

  test('places 5,000 nodes without letting two touch, each line to the right, the same each time', () => {
    const exchanges = 400
    const queues = 2600
    const kinds = [
      ...new Array<NodeKind>(exchanges).fill(exchange),
      ...new Array<NodeKind>(queues).fill(queue),
      ...new Array<NodeKind>(2000).fill('consumers'),
    ]
    const edges: (readonly [number, number])[] = []
    for (let n = 1; n < exchanges; n++) edges.push([Math.floor(n / 8), n])
    for (let n = 0; n < queues; n++) {
      edges.push([(n * 7919) % exchanges, exchanges + n])
      if (n < 2000) edges.push([exchanges + n, exchanges + queues + n])
    }
    const input = { kinds, edges }
    const { x, y } = layOut(input)
    for (const [from, to] of edges) assert.ok(x[from]! < x[to]!)
    const columns = Map.groupBy(kinds.keys(), (node) => x[node]!)
    assert.ok(columns.size >= 4 && columns.size <= 8, `${columns.size} columns`)
    for (const nodes of columns.values()) {
      const rows = nodes.map((node) => y[node]!).sort((a, b) => a - b)
      for (let n = 1; n < rows.length; n++) assert.ok(rows[n]! - rows[n - 1]! >= nodeSize.height)
    }
    assert.deepEqual(layOut(input), { x, y })
  })
})
