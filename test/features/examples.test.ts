import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { withBroker } from '../support/broker.ts'
import { Program } from '../support/program.ts'
import { brokerUrl } from '../support/target.ts'
import { eventually } from '../support/waiting.ts'

const broker = withBroker()
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/compiled', import.meta.url))
const examples = fileURLToPath(new URL('../../examples', import.meta.url))

/** A language: how to start one of its examples, or why it cannot be. */
interface Language {
  readonly name: string
  readonly missing: string | undefined
  readonly command: (example: string) => string[]
}

const languages: Language[] = [
  {
    name: 'JavaScript',
    missing: undefined,
    command: (example) => [process.execPath, join(examples, 'javascript', `${example}.js`)],
  },
  python(),
  go(),
]

function python(): Language {
  const interpreter = process.env.LAPINE_PYTHON ?? 'python3'
  const found = spawnSync(interpreter, ['-c', 'import pika'], { encoding: 'utf8' })
  const missing =
    found.error !== undefined
      ? `there is no ${interpreter}`
      : found.status === 0
        ? undefined
        : `${interpreter} has no pika (LAPINE_PYTHON names another interpreter)`
  return { name: 'Python', missing, command: (example) => [interpreter, join(examples, 'python', `${example}.py`)] }
}

function go(): Language {
  // Kept from run to run, because linking them all takes seconds; `go` itself knows what is stale.
  const binaries = fileURLToPath(new URL('../../node_modules/.cache/examples-go', import.meta.url))
  mkdirSync(binaries, { recursive: true })
  const environment = { ...process.env, GOFLAGS: '-mod=readonly -buildvcs=false' }
  const build = ['build', '-o', `${binaries}/`, './...']
  const built = spawnSync('go', build, { cwd: join(examples, 'go'), env: environment, encoding: 'utf8' })
  const missing =
    built.error !== undefined
      ? 'there is no go'
      : built.status === 0
        ? undefined
        : `the examples cannot be built: ${built.stderr.trim().split('\n').at(-1)}`
  return { name: 'Go', missing, command: (example) => [join(binaries, example)] }
}

// The examples have names of their own for everything; what an earlier run left in a broker must not be in their way.
async function forget(): Promise<void> {
  if (brokerUrl === undefined) return
  const { connect } = await import('amqplib')
  const connection = await connect(broker.url)
  const channel = await connection.createChannel()
  for (const queue of ['hello', 'task_queue', 'rpc_queue']) await channel.deleteQueue(queue)
  for (const exchange of ['logs', 'direct_logs', 'topic_logs']) await channel.deleteExchange(exchange)
  await connection.close()
}
before(forget)
after(forget)

for (const language of languages) {
  // One language after the other, since they share names; the examples of one side by side.
  describe(language.name, { concurrency: 3 }, () => examplesOf(language))
}

function examplesOf({ name, missing, command }: Language): void {
  const options = missing === undefined ? {} : { skip: missing }

  /** Starts an example; it ends with the test at the latest. */
  const start = (t: TestContext, example: string, ...words: string[]) => {
    const environment = { AMQP_URL: broker.url, SECONDS_PER_DOT: '0.05', NODE_COMPILE_CACHE: compileCache }
    const program = new Program([...command(example), ...words], { environment })
    t.after(() => program.kill())
    return program
  }
  const run = (t: TestContext, example: string, ...words: string[]) => start(t, example, ...words).finishes()
  const startListening = async (t: TestContext, example: string, ...words: string[]) => {
    const program = start(t, example, ...words)
    await program.prints('Ctrl-C ends\n')
    return program
  }

  test(`${name}: hello world`, options, async (t) => {
    assert.equal(await run(t, 'send'), 'sent: Hello World!\n')
    const receiver = await startListening(t, 'receive')
    await receiver.prints('received: Hello World!\n')
    await run(t, 'send', 'and', 'good', 'day')
    await receiver.prints('received: and good day\n')
    await receiver.interrupt()
  })

  test(`${name}: work queues`, options, async (t) => {
    for (const task of ['one.', 'two.', 'three.', 'four.'])
      assert.equal(await run(t, 'new_task', task), `new task: ${task}\n`)
    const first = await startListening(t, 'worker')
    const second = await startListening(t, 'worker')
    await run(t, 'new_task', 'five.....')
    await run(t, 'new_task', 'six.....')
    const done = () => [first, second].flatMap((worker) => worker.output.match(/(?<=done: ).*/g) ?? []).sort()
    await eventually(
      async () => done(),
      (tasks) => tasks.length === 6,
      'six tasks to be done',
    )
    assert.deepEqual(done(), ['five.....', 'four.', 'one.', 'six.....', 'three.', 'two.'])
    await Promise.all([first.interrupt(), second.interrupt()])
  })

  test(`${name}: publish/subscribe`, options, async (t) => {
    const listeners = [await startListening(t, 'receive_logs'), await startListening(t, 'receive_logs')]
    assert.equal(await run(t, 'emit_log', 'heard', 'by', 'all'), 'told: heard by all\n')
    for (const listener of listeners) await listener.prints('heard: heard by all\n')
    for (const listener of listeners) await listener.interrupt()
  })

  test(`${name}: routing`, options, async (t) => {
    const severe = await startListening(t, 'receive_logs_direct', 'warning', 'error')
    const all = await startListening(t, 'receive_logs_direct', 'info', 'warning', 'error')
    assert.equal(await run(t, 'emit_log_direct', 'info', 'going', 'well'), 'told: [info] going well\n')
    await run(t, 'emit_log_direct', 'error', 'disk full')
    for (const listener of [severe, all]) await listener.prints('heard: [error] disk full\n')
    assert.match(await all.interrupt(), /heard: \[info\] going well\nheard: \[error\] disk full\n$/)
    assert.doesNotMatch(await severe.interrupt(), /going well/)
  })

  test(`${name}: topics`, options, async (t) => {
    const kernel = await startListening(t, 'receive_logs_topic', 'kernel.*')
    const critical = await startListening(t, 'receive_logs_topic', '*.critical', 'cron.#')
    assert.equal(await run(t, 'emit_log_topic', 'kernel.info', 'booted'), 'told: [kernel.info] booted\n')
    await run(t, 'emit_log_topic', 'kernel.critical', 'out of memory')
    await run(t, 'emit_log_topic', 'cron.daily.backup', 'saved')
    await kernel.prints('heard: [kernel.critical] out of memory\n')
    await critical.prints('heard: [cron.daily.backup] saved\n')
    assert.match(
      await kernel.interrupt(),
      /heard: \[kernel\.info\] booted\nheard: \[kernel\.critical\] out of memory\n$/,
    )
    assert.match(
      await critical.interrupt(),
      /ends\nheard: \[kernel\.critical\] out of memory\nheard: \[cron\.daily\.backup\] saved\n$/,
    )
  })

  test(`${name}: remote calls`, options, async (t) => {
    const server = await startListening(t, 'rpc_server')
    assert.equal(await run(t, 'rpc_client', '20'), 'asking for 20!\nanswer: 2432902008176640000\n')
    assert.equal(
      await run(t, 'rpc_client', 'twenty'),
      'asking for twenty!\nanswer: that is no number I can work with\n',
    )
    assert.match(await server.interrupt(), /asked for 20!, answering 2432902008176640000\n/)
  })

  test(`${name}: publisher confirms`, options, async (t) => {
    const printed = await run(t, 'publisher_confirms', '100')
    assert.match(printed, /confirmed[^\n]*: 100, refused: 0\n/)
    assert.match(printed, /in the queue: 1[01]0\n$/)
  })
}
