import { plural } from './shell.ts'

/** Texts of the list of queues, and of what is done to queues. */
export const queues = {
  title: 'Queues',
  lead: (all: number) => `${plural(all, 'queue')} here.`,
  growing: (count: number) => `${plural(count, 'queue')} growing`,
  columns: {
    name: 'Name',
    vhost: 'Virtual host',
    type: 'Type',
    state: 'State',
    features: 'Features',
    ready: 'Ready',
    unacked: 'Unacked',
    total: 'Total',
    depth: 'Last 10 min',
    publish: 'In /s',
    deliver: 'Out /s',
    ack: 'Ack /s',
    redeliver: 'Redelivered /s',
    consumers: 'Consumers',
    bytes: 'Bytes',
    bytesReady: 'Bytes ready',
    bytesUnacked: 'Bytes unacked',
    memory: 'Memory',
    policy: 'Policy',
    operatorPolicy: 'Operator policy',
    node: 'Node',
    published: 'Published',
    delivered: 'Delivered',
    acknowledged: 'Acknowledged',
    growth: 'Growth /s',
  },
  features: {
    transient: 'transient',
    autoDelete: 'auto-delete',
    exclusive: 'exclusive',
    arguments: {
      'x-message-ttl': 'TTL',
      'x-expires': 'expires',
      'x-max-length': 'max length',
      'x-max-length-bytes': 'max bytes',
      'x-overflow': 'overflow',
      'x-dead-letter-exchange': 'DLX',
      'x-max-priority': 'priorities',
      'x-single-active-consumer': 'single active',
    } as Readonly<Record<string, string>>,
  },
  empty: 'There are no queues yet.',
  emptyHint: 'Clients declare queues; the overview shows how one connects. Or add one here.',
  add: 'Add queue',
  selected: (count: number) => `${plural(count, 'queue')} selected`,
  selectAll: (count: number) => `Select all ${count.toLocaleString('en')} that fit`,
  clear: 'Clear the selection',
  pause: 'Pause',
  pauseOf: (queues: number) => `Pause ${plural(queues, 'queue')}`,
  resume: 'Resume',
  resumeOf: (queues: number) => `Resume ${plural(queues, 'queue')}`,
  purge: 'Purge',
  purgeOf: (messages: number, queues: number) => `Purge ${plural(messages, 'message')} from ${plural(queues, 'queue')}`,
  purgeOne: (messages: number, name: string) => `Purge ${plural(messages, 'message')} from ${name}`,
  purgeHint: 'Ready messages are gone for good. Those that are with a consumer stay.',
  delete: 'Delete',
  deleteOf: (queues: number, messages: number) =>
    `Delete ${plural(queues, 'queue')}${messages > 0 ? ` with ${plural(messages, 'message')}` : ''}`,
  deleteOne: (name: string, messages: number) =>
    `Delete queue ${name}${messages > 0 ? ` with ${plural(messages, 'message')}` : ''}`,
  deleteHint: (consumers: number) =>
    consumers === 0 ? 'Nobody consumes from it.' : `${plural(consumers, 'consumer')} will be cancelled.`,
  job: {
    progress: (done: number, all: number | undefined) =>
      all === undefined
        ? `${done.toLocaleString('en')} done`
        : `${done.toLocaleString('en')} of ${all.toLocaleString('en')}`,
    result: (done: number, failed: number) =>
      failed === 0
        ? `All ${done.toLocaleString('en')} done.`
        : `${done.toLocaleString('en')} done, ${plural(failed, 'failure')}:`,
    stop: 'Stop',
  },
  form: {
    vhost: 'Virtual host',
    type: 'Type',
    types: { classic: 'Classic', quorum: 'Quorum', stream: 'Stream' },
    name: 'Name',
    durable: 'Durable: outlives a restart',
    autoDelete: 'Auto-delete: goes with its last consumer',
    limits: 'Limits and dead letters',
    json: 'What is declared',
    invalid: (hint: string) => `This should be ${hint}.`,
    submit: (name: string) => (name === '' ? 'Add queue' : `Add queue ${name}`),
    added: (name: string) => `Queue ${name} was added`,
  },
} as const
