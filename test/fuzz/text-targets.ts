import assert from 'node:assert/strict'
import { namePattern } from '../../src/broker/name-pattern.ts'
import { interpolate, readConfiguration } from '../../src/server/rabbitmq-conf.ts'
import { target } from './target.ts'
import { damagedText } from './text-damage.ts'

const configurations = [
  'listeners.tcp.default = 5672\nvm_memory_high_watermark.relative = 0.6\n',
  "# comment\r\ndefault_pass = 'it''s # quoted'\nlog.file.level = info # trailing\n",
  'auth_oauth2.resource_server_id = $(ID)\na\\.b.c = $(listeners.tcp.default)\nID = x\n',
  '\uFEFFssl_options.password = \\\nheartbeat = 60\n\n\n',
]

const configurationPieces = [
  '$(',
  ')',
  '#',
  "'",
  '\\',
  '\\.',
  '.',
  ' = ',
  '\n',
  '\r\n',
  '\t',
  '=',
  'listeners',
  '$(ID)',
  '\0',
]

export const configuration = target<string>({
  name: 'rabbitmq.conf',
  maker: () => (chance) => damagedText(chance.pick(configurations), configurationPieces, chance),
  read(input) {
    const read = readConfiguration(input, 'fuzz.conf')
    const { assignments, problems } = interpolate(read, { ID: 'eight' })
    for (const { key, value } of assignments) {
      assert.ok(key.length > 0 && key.every((word) => word !== ''), 'a key has words')
      assert.ok(!value.includes('\n'), 'a value is of one line')
    }
    return problems.length === 0
  },
})

const patterns = [
  '^amq\\.(gen|ctag).*$',
  '^(?!amq\\.)[a-zA-Z0-9_.-]{1,64}$',
  '(a+)+$',
  '^(([a-z])+.)+[A-Z]([a-z])+$',
  '(x|xx|xxx)*?y',
  '\\Q.*\\E|[[:alpha:]]+\\b',
  '(?i)orders\\d{2,5}(?:eu|us)?',
]

const patternPieces = [
  ...['(', ')', '(?:', '(?=', '(?!', '(?<=', '(?i)', '|', '*', '+', '?', '{', '}', '{1,999}', '{1000}', '[', ']'],
  ...[
    '[^',
    '[[:alpha:]]',
    '-',
    '\\',
    '\\b',
    '\\B',
    '\\d',
    '\\Q',
    '\\E',
    '\\x41',
    '^',
    '$',
    '.',
    'a',
    '(a*)*',
    '(a|a)*',
  ],
]

/** Names that make backtracking go through everything before it gives up. */
const names = ['a'.repeat(255), `${'a'.repeat(254)}!`, `${'xa.'.repeat(85)}`, 'amq.gen-Zq', 'ünï©ode🐇'.repeat(20), '']

export const namePatterns = target<string>({
  name: 'name pattern',
  maker: () => (chance) => damagedText(chance.pick(patterns), patternPieces, chance),
  read(input) {
    let pattern: ReturnType<typeof namePattern>
    try {
      pattern = namePattern(input)
    } catch (error) {
      if (error instanceof SyntaxError) return false
      throw error
    }
    const name = names[input.length % names.length]!
    assert.equal(pattern.matches(name), pattern.matches(name))
    return true
  },
})
