/**
 * The methods of AMQP 0-9-1 with RabbitMQ's extensions, as data: ids, then fields in wire order.
 * `npm run generate` makes `methods.gen.ts` from it. Names are those of the standard in camel case.
 */

export type FieldType = 'bit' | 'octet' | 'short' | 'long' | 'longlong' | 'shortstr' | 'longstr' | 'table'

/** One field of a method. A reserved one is skipped on input and zero on output. */
export interface FieldSpec {
  readonly name: string
  readonly type: FieldType
  readonly reserved: boolean
}

/** One method. */
export interface MethodSpec {
  readonly name: string
  readonly classId: number
  readonly methodId: number
  readonly fields: readonly FieldSpec[]
}

function field(type: FieldType): (name: string) => FieldSpec {
  return (name) => ({ name, type, reserved: false })
}

const bit = field('bit')
const octet = field('octet')
const short = field('short')
const long = field('long')
const longlong = field('longlong')
const shortstr = field('shortstr')
const longstr = field('longstr')
const table = field('table')

function reserved(type: FieldType): FieldSpec {
  return { name: '', type, reserved: true }
}

function method(name: string, classId: number, methodId: number, ...fields: FieldSpec[]): MethodSpec {
  return { name, classId, methodId, fields }
}

const ticket = reserved('short')
const close = [short('replyCode'), shortstr('replyText'), short('classId'), short('methodId')]
const exchangeBinding = [
  ticket,
  shortstr('destination'),
  shortstr('source'),
  shortstr('routingKey'),
  bit('noWait'),
  table('arguments'),
]

const connectionMethods: readonly MethodSpec[] = [
  method(
    'connection.start',
    10,
    10,
    octet('versionMajor'),
    octet('versionMinor'),
    table('serverProperties'),
    longstr('mechanisms'),
    longstr('locales'),
  ),
  method(
    'connection.start-ok',
    10,
    11,
    table('clientProperties'),
    shortstr('mechanism'),
    longstr('response'),
    shortstr('locale'),
  ),
  method('connection.secure', 10, 20, longstr('challenge')),
  method('connection.secure-ok', 10, 21, longstr('response')),
  method('connection.tune', 10, 30, short('channelMax'), long('frameMax'), short('heartbeat')),
  method('connection.tune-ok', 10, 31, short('channelMax'), long('frameMax'), short('heartbeat')),
  method('connection.open', 10, 40, shortstr('virtualHost'), reserved('shortstr'), reserved('bit')),
  method('connection.open-ok', 10, 41, reserved('shortstr')),
  method('connection.close', 10, 50, ...close),
  method('connection.close-ok', 10, 51),
  method('connection.blocked', 10, 60, shortstr('reason')),
  method('connection.unblocked', 10, 61),
  method('connection.update-secret', 10, 70, longstr('newSecret'), shortstr('reason')),
  method('connection.update-secret-ok', 10, 71),
]

const channelMethods: readonly MethodSpec[] = [
  method('channel.open', 20, 10, reserved('shortstr')),
  method('channel.open-ok', 20, 11, reserved('longstr')),
  method('channel.flow', 20, 20, bit('active')),
  method('channel.flow-ok', 20, 21, bit('active')),
  method('channel.close', 20, 40, ...close),
  method('channel.close-ok', 20, 41),
]

const accessMethods: readonly MethodSpec[] = [
  method(
    'access.request',
    30,
    10,
    shortstr('realm'),
    bit('exclusive'),
    bit('passive'),
    bit('active'),
    bit('write'),
    bit('read'),
  ),
  method('access.request-ok', 30, 11, short('ticket')),
]

const exchangeMethods: readonly MethodSpec[] = [
  method(
    'exchange.declare',
    40,
    10,
    ticket,
    shortstr('exchange'),
    shortstr('type'),
    bit('passive'),
    bit('durable'),
    bit('autoDelete'),
    bit('internal'),
    bit('noWait'),
    table('arguments'),
  ),
  method('exchange.declare-ok', 40, 11),
  method('exchange.delete', 40, 20, ticket, shortstr('exchange'), bit('ifUnused'), bit('noWait')),
  method('exchange.delete-ok', 40, 21),
  method('exchange.bind', 40, 30, ...exchangeBinding),
  method('exchange.bind-ok', 40, 31),
  method('exchange.unbind', 40, 40, ...exchangeBinding),
  method('exchange.unbind-ok', 40, 51),
]

const queueMethods: readonly MethodSpec[] = [
  method(
    'queue.declare',
    50,
    10,
    ticket,
    shortstr('queue'),
    bit('passive'),
    bit('durable'),
    bit('exclusive'),
    bit('autoDelete'),
    bit('noWait'),
    table('arguments'),
  ),
  method('queue.declare-ok', 50, 11, shortstr('queue'), long('messageCount'), long('consumerCount')),
  method(
    'queue.bind',
    50,
    20,
    ticket,
    shortstr('queue'),
    shortstr('exchange'),
    shortstr('routingKey'),
    bit('noWait'),
    table('arguments'),
  ),
  method('queue.bind-ok', 50, 21),
  method('queue.purge', 50, 30, ticket, shortstr('queue'), bit('noWait')),
  method('queue.purge-ok', 50, 31, long('messageCount')),
  method('queue.delete', 50, 40, ticket, shortstr('queue'), bit('ifUnused'), bit('ifEmpty'), bit('noWait')),
  method('queue.delete-ok', 50, 41, long('messageCount')),
  method(
    'queue.unbind',
    50,
    50,
    ticket,
    shortstr('queue'),
    shortstr('exchange'),
    shortstr('routingKey'),
    table('arguments'),
  ),
  method('queue.unbind-ok', 50, 51),
]

const basicMethods: readonly MethodSpec[] = [
  method('basic.qos', 60, 10, long('prefetchSize'), short('prefetchCount'), bit('global')),
  method('basic.qos-ok', 60, 11),
  method(
    'basic.consume',
    60,
    20,
    ticket,
    shortstr('queue'),
    shortstr('consumerTag'),
    bit('noLocal'),
    bit('noAck'),
    bit('exclusive'),
    bit('noWait'),
    table('arguments'),
  ),
  method('basic.consume-ok', 60, 21, shortstr('consumerTag')),
  method('basic.cancel', 60, 30, shortstr('consumerTag'), bit('noWait')),
  method('basic.cancel-ok', 60, 31, shortstr('consumerTag')),
  method(
    'basic.publish',
    60,
    40,
    ticket,
    shortstr('exchange'),
    shortstr('routingKey'),
    bit('mandatory'),
    bit('immediate'),
  ),
  method(
    'basic.return',
    60,
    50,
    short('replyCode'),
    shortstr('replyText'),
    shortstr('exchange'),
    shortstr('routingKey'),
  ),
  method(
    'basic.deliver',
    60,
    60,
    shortstr('consumerTag'),
    longlong('deliveryTag'),
    bit('redelivered'),
    shortstr('exchange'),
    shortstr('routingKey'),
  ),
  method('basic.get', 60, 70, ticket, shortstr('queue'), bit('noAck')),
  method(
    'basic.get-ok',
    60,
    71,
    longlong('deliveryTag'),
    bit('redelivered'),
    shortstr('exchange'),
    shortstr('routingKey'),
    long('messageCount'),
  ),
  method('basic.get-empty', 60, 72, reserved('shortstr')),
  method('basic.ack', 60, 80, longlong('deliveryTag'), bit('multiple')),
  method('basic.reject', 60, 90, longlong('deliveryTag'), bit('requeue')),
  method('basic.recover-async', 60, 100, bit('requeue')),
  method('basic.recover', 60, 110, bit('requeue')),
  method('basic.recover-ok', 60, 111),
  method('basic.nack', 60, 120, longlong('deliveryTag'), bit('multiple'), bit('requeue')),
]

const confirmMethods: readonly MethodSpec[] = [
  method('confirm.select', 85, 10, bit('noWait')),
  method('confirm.select-ok', 85, 11),
]

const txMethods: readonly MethodSpec[] = [
  method('tx.select', 90, 10),
  method('tx.select-ok', 90, 11),
  method('tx.commit', 90, 20),
  method('tx.commit-ok', 90, 21),
  method('tx.rollback', 90, 30),
  method('tx.rollback-ok', 90, 31),
]

/** All 66 methods. */
export const methodSpecs: readonly MethodSpec[] = [
  ...connectionMethods,
  ...channelMethods,
  ...accessMethods,
  ...exchangeMethods,
  ...queueMethods,
  ...basicMethods,
  ...confirmMethods,
  ...txMethods,
]
