import type { FieldTable } from '../amqp/encoding.ts'
import { UsageError } from '../control/command-line.ts'

/** What to measure; flags are those of RabbitMQ's perf-test. */
export interface BenchOptions {
  readonly uri: URL
  readonly producers: number
  readonly consumers: number
  readonly queue: string | undefined
  readonly exchange: string
  readonly exchangeType: string
  readonly routingKey: string | undefined
  readonly isPersistent: boolean
  readonly isMandatory: boolean
  readonly isPredeclared: boolean
  readonly isAutoDelete: boolean
  readonly bodyBytes: number
  /** Publishes that may wait for their confirm; undefined for no confirms. */
  readonly confirmWindow: number | undefined
  readonly prefetch: number
  readonly isAutoAck: boolean
  readonly ackEvery: number
  /** Messages a second of each producer; undefined for all there can be. */
  readonly rate: number | undefined
  /** Messages of each producer, and of each consumer, after which it ends. */
  readonly producerMessages: number | undefined
  readonly consumerMessages: number | undefined
  readonly seconds: number | undefined
  readonly intervalSeconds: number
  readonly queueArguments: FieldTable
  readonly isJson: boolean
}

const letters: Readonly<Record<string, string>> = {
  x: 'producers',
  y: 'consumers',
  u: 'queue',
  e: 'exchange',
  t: 'type',
  k: 'routing-key',
  f: 'flag',
  s: 'size',
  c: 'confirm',
  q: 'qos',
  a: 'autoack',
  A: 'multi-ack-every',
  r: 'rate',
  C: 'pmessages',
  D: 'cmessages',
  z: 'time',
  i: 'interval',
  h: 'uri',
  p: 'predeclared',
  ad: 'auto-delete',
  qa: 'queue-args',
  qq: 'quorum-queue',
  sq: 'stream-queue',
  d: 'id',
}
const flags = ['autoack', 'predeclared', 'quorum-queue', 'stream-queue', 'json']

/** Reads the command line. Throws a UsageError. */
export function readBenchOptions(args: readonly string[]): BenchOptions {
  const { values, messageFlags } = split(args)
  const number = (name: string): number | undefined => {
    const text = values[name]
    if (text === undefined) return undefined
    const value = Number(text)
    if (!Number.isFinite(value) || value < 0) throw new UsageError(`--${name} takes a number, not '${text}'`)
    return value
  }
  const rate = number('rate')
  const confirmWindow = number('confirm')
  return {
    uri: uriOf(values.uri ?? 'amqp://guest:guest@127.0.0.1:5672'),
    producers: number('producers') ?? 1,
    consumers: number('consumers') ?? 1,
    queue: values.queue,
    exchange: values.exchange ?? '',
    exchangeType: values.type ?? 'direct',
    routingKey: values['routing-key'],
    isPersistent: messageFlags.includes('persistent'),
    isMandatory: messageFlags.includes('mandatory'),
    isPredeclared: values.predeclared !== undefined,
    isAutoDelete: (values['auto-delete'] ?? 'true') === 'true',
    bodyBytes: number('size') ?? 0,
    confirmWindow: confirmWindow === 0 ? undefined : confirmWindow,
    prefetch: number('qos') ?? 0,
    isAutoAck: values.autoack !== undefined,
    ackEvery: Math.max(1, number('multi-ack-every') ?? 1),
    rate: rate === undefined || rate < 0 ? undefined : rate,
    producerMessages: number('pmessages'),
    consumerMessages: number('cmessages'),
    seconds: number('time'),
    intervalSeconds: number('interval') ?? 1,
    queueArguments: queueArgumentsOf(values),
    isJson: values.json !== undefined,
  }
}

function split(args: readonly string[]): { values: Record<string, string>; messageFlags: string[] } {
  const values: Record<string, string> = {}
  const messageFlags: string[] = []
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!
    const [, long, attached] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? []
    const name = long ?? letters[/^-(\w+)$/.exec(word)?.[1] ?? '']
    if (name === undefined || !(Object.values(letters).includes(name) || flags.includes(name)))
      throw new UsageError(`there is no option ${word}`)
    const next = args[index + 1]
    const takesNone = flags.includes(name) && !['true', 'false'].includes(next ?? '')
    const value = attached ?? (takesNone ? 'true' : args[++index])
    if (value === undefined) throw new UsageError(`${word} needs a value`)
    if (name === 'flag') messageFlags.push(...value.split(','))
    else if (!(flags.includes(name) && value === 'false')) values[name] = value
  }
  return { values, messageFlags }
}

function uriOf(text: string): URL {
  if (URL.canParse(text)) {
    const uri = new URL(text)
    if (uri.protocol === 'amqp:' || uri.protocol === 'amqps:') return uri
  }
  throw new UsageError(`'${text}' is no URI such as amqp://user:password@host:5672/vhost`)
}

/** `x-max-length=10,x-queue-mode=lazy`. */
function queueArgumentsOf(values: Readonly<Record<string, string>>): FieldTable {
  const given = (values['queue-args'] ?? '').split(',').filter((pair) => pair !== '')
  const pairs = given.map((pair) => {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
    if (key === undefined || value === undefined) throw new UsageError(`--queue-args takes key=value, not '${pair}'`)
    return [
      key,
      /^-?\d+$/.test(value) ? Number(value) : value === 'true' || value === 'false' ? value === 'true' : value,
    ]
  })
  return {
    ...(values['quorum-queue'] === undefined ? {} : { 'x-queue-type': 'quorum' }),
    ...(values['stream-queue'] === undefined ? {} : { 'x-queue-type': 'stream' }),
    ...Object.fromEntries(pairs),
  }
}
