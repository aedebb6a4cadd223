import assert from 'node:assert/strict'
import { test } from 'node:test'
import { interpolate, readConfiguration, writeKey } from './rabbitmq-conf.ts'

function check(content: string, expected: readonly (readonly [key: string, value: string])[]): void {
  const read = readConfiguration(content, 'f')
  assert.deepEqual(read.problems, [])
  assert.deepEqual(
    read.assignments.map(({ key, value }) => [writeKey(key), value]),
    expected,
  )
}

function checkProblem(content: string, expected: string): void {
  assert.deepEqual(
    readConfiguration(content, 'f').problems.map(({ source, text }) => `${source}: ${text}`),
    [expected],
  )
}

test('reads what RabbitMQ reads', () => {
  check('', [])
  check('# one\n  ## two\n\n', [])
  check('a.b = c', [['a.b', 'c']])
  check('a.b=c', [['a.b', 'c']])
  check('\uFEFFa = b\r\nc = d\r\n', [
    ['a', 'b'],
    ['c', 'd'],
  ])
  check('a = hello  world  ', [['a', 'hello  world']])
  check('a = b = c', [['a', 'b = c']])
  check('a-b_c.1 = x', [['a-b_c.1', 'x']])
  check('a = "quoted"', [['a', '"quoted"']])
})

test('a number sign begins a comment unless the whole value stands in single quotes', () => {
  check('a = ab#cd', [['a', 'ab']])
  check('a = b # c', [['a', 'b']])
  check("a = 'ab#cd' # c", [['a', 'ab#cd']])
  check("a = 'it\\'s'", [['a', "it's"]])
  check("a = 'x", [['a', "'x"]])
  check("a = ''", [['a', '']])
})

test('a backslash keeps a dot inside a word of the key', () => {
  const read = readConfiguration('loopback_users.jane\\.doe = true', 'f')
  assert.deepEqual(read.assignments[0]?.key, ['loopback_users', 'jane.doe'])
})

test('every problem names file and line', () => {
  checkProblem('a = b\nno equals sign', "f:2: expected 'key = value', found 'no equals sign'")
  checkProblem('a: b', "f:1: expected 'key = value', found 'a: b'")
  checkProblem('a =', 'f:1: a has no value')
  checkProblem('a = # nothing', 'f:1: a has no value')
  checkProblem('= b', "f:1: expected 'key = value', found '= b'")
  checkProblem('a..b = c', "f:1: expected 'key = value', found 'a..b = c'")
})

test('a value takes in environment variables and other keys', () => {
  const read = readConfiguration('a = $(HOME)/x\nb = $(a.c)\na.c = 5', 'f')
  const { assignments, problems } = interpolate(read, { HOME: '/h' })
  assert.deepEqual(problems, [])
  assert.deepEqual(
    assignments.map(({ value }) => value),
    ['/h/x', '5', '5'],
  )
})

test('a variable that is not set is a problem, and so is a reference that goes on', () => {
  const read = readConfiguration('a = $(NOPE)\nb = $(c)\nc = $(b)', 'f')
  assert.deepEqual(
    interpolate(read, {}).problems.map(({ source, text }) => `${source}: ${text}`),
    [
      'f:1: a: $(NOPE) is neither a key of this file nor set in the environment',
      'f:2: b: $(c) refers to another reference',
      'f:3: c: $(b) refers to another reference',
    ],
  )
})

test('references that are never closed take no time', () => {
  const read = readConfiguration(`a = ${'$('.repeat(200_000)}`, 'f')
  const start = performance.now()
  assert.deepEqual(interpolate(read, {}).problems, [])
  assert.ok(performance.now() - start < 2000)
})

test('three quotes are around a value of several lines', () => {
  const { assignments, problems } = readConfiguration(
    ["a = '''", '{one,', ' # two}', "'''", "b = '''short''' # said", 'c = 3', "d = '''never", 'ends'].join('\n'),
    'f',
  )
  assert.deepEqual(
    assignments.map(({ key, value, source }) => [key.join('.'), value, source]),
    [
      ['a', '{one,\n # two}', 'f:1'],
      ['b', 'short', 'f:5'],
      ['c', '3', 'f:6'],
    ],
  )
  assert.deepEqual(problems, [{ source: 'f:7', text: "d has no closing ''' behind its value" }])
})
