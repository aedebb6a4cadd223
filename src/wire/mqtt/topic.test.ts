import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedFilter, topicMatches } from './topic.ts'

test('a filter matches level by level, and wildcards at its start leave topics of the server out', () => {
  const rows: [string, string, boolean][] = [
    ['a/b', 'a/b', true],
    ['a/b', 'a/b/c', false],
    ['a/+', 'a/b', true],
    ['a/+', 'a/', true],
    ['a/+', 'a', false],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['#', 'a/b', true],
    ['+', '/a', false],
    ['+/+', '/a', true],
    ['/+', '/a', true],
    ['#', '$SYS/x', false],
    ['+/x', '$SYS/x', false],
    ['$SYS/#', '$SYS/x', true],
    ['a/+/c', 'a/b/c', true],
    ['a//c', 'a//c', true],
  ]
  for (const [filter, topic, matches] of rows) assert.equal(topicMatches(filter, topic), matches, `${filter} ${topic}`)
})

test('a shared subscription has a name and a filter', () => {
  assert.deepEqual(sharedFilter('$share/g/a/#'), { share: 'g', filter: 'a/#' })
  assert.equal(sharedFilter('a/b'), undefined)
  for (const wrong of ['$share/g', '$share//a', '$share/g+/a', '$share/g/']) assert.throws(() => sharedFilter(wrong))
})
