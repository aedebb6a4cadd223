import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import {
  assignmentsFrom,
  defaultDataDirectory,
  readConfigurationFiles,
  refuseDeprecatedVariables,
} from './environment.ts'

const directory = mkdtempSync(join(tmpdir(), 'lapine-environment-'))
after(() => rmSync(directory, { recursive: true }))

function file(name: string, content: string): string {
  const path = join(directory, name)
  writeFileSync(path, content)
  return path
}

test('variables the official image refuses are refused, each by name', () => {
  assert.throws(
    () =>
      refuseDeprecatedVariables({
        RABBITMQ_SSL_KEYFILE: '/k',
        RABBITMQ_DEFAULT_PASS_FILE: '/p',
        RABBITMQ_SSL_DEPTH: '',
      }),
    {
      exitCode: 1,
      message: [
        'error: RABBITMQ_DEFAULT_PASS_FILE is set but deprecated',
        'error: RABBITMQ_SSL_KEYFILE is set but deprecated',
        'Set the matching key of rabbitmq.conf instead.',
      ].join('\n'),
    },
  )
  refuseDeprecatedVariables({ RABBITMQ_DEFAULT_PASS: 'p' })
})

test('the log goes where RABBITMQ_LOGS says, at the levels of RABBITMQ_LOG', () => {
  const check = (environment: Record<string, string>, expected: string[]) =>
    assert.deepEqual(
      assignmentsFrom(environment).map(({ key, value, source }) => `${source}: ${key.join('.')} = ${value}`),
      expected,
    )
  check({}, [])
  check({ RABBITMQ_LOGS: '-' }, ['RABBITMQ_LOGS: log.console = true', 'RABBITMQ_LOGS: log.file = false'])
  check({ RABBITMQ_LOGS: '/l/x.log' }, ['RABBITMQ_LOGS: log.file = /l/x.log'])
  check({ RABBITMQ_LOG: 'debug,queue=error,+color' }, [
    'RABBITMQ_LOG: log.default.level = debug',
    'RABBITMQ_LOG: log.queue.level = error',
  ])
})

test('configuration files: the option, else the variable with or without extension, then the folder in order', () => {
  const single = file('broker.conf', 'a = 1')
  mkdirSync(join(directory, 'conf.d'))
  file('conf.d/20.conf', 'c = 3')
  file('conf.d/10.conf', 'b = 2')
  file('conf.d/notes.txt', 'no')
  const contents = (option: string | undefined, environment: Record<string, string>) =>
    readConfigurationFiles(option, environment).map(({ content }) => content)
  const environment = {
    RABBITMQ_CONFIG_FILE: join(directory, 'broker'),
    RABBITMQ_CONFIG_FILES: join(directory, 'conf.d'),
  }
  assert.deepEqual(contents(undefined, {}), [])
  assert.deepEqual(contents(undefined, environment), ['a = 1', 'b = 2', 'c = 3'])
  assert.deepEqual(contents(undefined, { RABBITMQ_CONFIG_FILES: join(directory, 'conf.d', '1*.conf') }), ['b = 2'])
  assert.deepEqual(contents(join(directory, 'conf.d/20.conf'), environment), ['c = 3'])
  assert.deepEqual(contents(single, {}), ['a = 1'])
})

test('a configuration file that is not there is named', () => {
  assert.throws(() => readConfigurationFiles('/nonexistent.conf', {}), {
    exitCode: 78,
    message: 'cannot read the configuration /nonexistent.conf: there is no such file',
  })
})

test('the data directory: what RabbitMQ calls it, else a folder of the user', () => {
  const check = (environment: Record<string, string>, expected: string, system: NodeJS.Platform = 'linux') =>
    assert.equal(defaultDataDirectory(environment, system), expected)
  check({ RABBITMQ_MNESIA_DIR: '/d', RABBITMQ_MNESIA_BASE: '/b' }, '/d')
  check({ RABBITMQ_MNESIA_BASE: '/b' }, '/b/lapine')
  check({ RABBITMQ_MNESIA_BASE: '/b', RABBITMQ_NODENAME: 'rabbit@h' }, '/b/rabbit@h')
  check({ RABBITMQ_MNESIA_BASE: '/b', RABBITMQ_NODENAME: '../../etc' }, '/b/etc')
  check({ HOME: '/h', XDG_DATA_HOME: '/x' }, '/x/lapine')
  check({ HOME: '/h' }, '/h/.local/share/lapine')
  check({ HOME: '/h' }, '/h/Library/Application Support/lapine', 'darwin')
})
