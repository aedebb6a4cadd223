/**
 * The methods of AMQP 0-9-1 with RabbitMQ's extensions, as tests write and read them: numbers, then
 * fields in wire order as `type:name`. Written apart from `src/wire` on purpose, so that a mistake
 * there is not repeated here.
 */
const table = {
  'connection.start': [
    10,
    10,
    'octet:versionMajor octet:versionMinor table:properties longstr:mechanisms longstr:locales',
  ],
  'connection.start-ok': [10, 11, 'table:properties shortstr:mechanism longstr:response shortstr:locale'],
  'connection.secure': [10, 20, 'longstr:challenge'],
  'connection.secure-ok': [10, 21, 'longstr:response'],
  'connection.tune': [10, 30, 'short:channelMax long:frameMax short:heartbeat'],
  'connection.tune-ok': [10, 31, 'short:channelMax long:frameMax short:heartbeat'],
  'connection.open': [10, 40, 'shortstr:vhost shortstr:capabilities bit:insist'],
  'connection.open-ok': [10, 41, 'shortstr:knownHosts'],
  'connection.close': [10, 50, 'short:code shortstr:text short:classId short:methodId'],
  'connection.close-ok': [10, 51, ''],
  'connection.blocked': [10, 60, 'shortstr:reason'],
  'connection.unblocked': [10, 61, ''],
  'connection.update-secret': [10, 70, 'longstr:secret shortstr:reason'],
  'connection.update-secret-ok': [10, 71, ''],
  'channel.open': [20, 10, 'shortstr:outOfBand'],
  'channel.open-ok': [20, 11, 'longstr:channelId'],
  'channel.flow': [20, 20, 'bit:active'],
  'channel.flow-ok': [20, 21, 'bit:active'],
  'channel.close': [20, 40, 'short:code shortstr:text short:classId short:methodId'],
  'channel.close-ok': [20, 41, ''],
  'access.request': [30, 10, 'shortstr:realm bit:exclusive bit:passive bit:active bit:write bit:read'],
  'access.request-ok': [30, 11, 'short:ticket'],
  'exchange.declare': [
    40,
    10,
    'short:ticket shortstr:exchange shortstr:type bit:passive bit:durable bit:autoDelete bit:internal bit:nowait table:arguments',
  ],
  'exchange.declare-ok': [40, 11, ''],
  'exchange.delete': [40, 20, 'short:ticket shortstr:exchange bit:ifUnused bit:nowait'],
  'exchange.delete-ok': [40, 21, ''],
  'exchange.bind': [
    40,
    30,
    'short:ticket shortstr:destination shortstr:source shortstr:routingKey bit:nowait table:arguments',
  ],
  'exchange.bind-ok': [40, 31, ''],
  'exchange.unbind': [
    40,
    40,
    'short:ticket shortstr:destination shortstr:source shortstr:routingKey bit:nowait table:arguments',
  ],
  'exchange.unbind-ok': [40, 51, ''],
  'queue.declare': [
    50,
    10,
    'short:ticket shortstr:queue bit:passive bit:durable bit:exclusive bit:autoDelete bit:nowait table:arguments',
  ],
  'queue.declare-ok': [50, 11, 'shortstr:queue long:messageCount long:consumerCount'],
  'queue.bind': [
    50,
    20,
    'short:ticket shortstr:queue shortstr:exchange shortstr:routingKey bit:nowait table:arguments',
  ],
  'queue.bind-ok': [50, 21, ''],
  'queue.purge': [50, 30, 'short:ticket shortstr:queue bit:nowait'],
  'queue.purge-ok': [50, 31, 'long:messageCount'],
  'queue.delete': [50, 40, 'short:ticket shortstr:queue bit:ifUnused bit:ifEmpty bit:nowait'],
  'queue.delete-ok': [50, 41, 'long:messageCount'],
  'queue.unbind': [50, 50, 'short:ticket shortstr:queue shortstr:exchange shortstr:routingKey table:arguments'],
  'queue.unbind-ok': [50, 51, ''],
  'basic.qos': [60, 10, 'long:prefetchSize short:prefetchCount bit:global'],
  'basic.qos-ok': [60, 11, ''],
  'basic.consume': [
    60,
    20,
    'short:ticket shortstr:queue shortstr:tag bit:noLocal bit:noAck bit:exclusive bit:nowait table:arguments',
  ],
  'basic.consume-ok': [60, 21, 'shortstr:tag'],
  'basic.cancel': [60, 30, 'shortstr:tag bit:nowait'],
  'basic.cancel-ok': [60, 31, 'shortstr:tag'],
  'basic.publish': [60, 40, 'short:ticket shortstr:exchange shortstr:routingKey bit:mandatory bit:immediate'],
  'basic.return': [60, 50, 'short:code shortstr:text shortstr:exchange shortstr:routingKey'],
  'basic.deliver': [60, 60, 'shortstr:tag longlong:deliveryTag bit:redelivered shortstr:exchange shortstr:routingKey'],
  'basic.get': [60, 70, 'short:ticket shortstr:queue bit:noAck'],
  'basic.get-ok': [
    60,
    71,
    'longlong:deliveryTag bit:redelivered shortstr:exchange shortstr:routingKey long:messageCount',
  ],
  'basic.get-empty': [60, 72, 'shortstr:clusterId'],
  'basic.ack': [60, 80, 'longlong:deliveryTag bit:multiple'],
  'basic.reject': [60, 90, 'longlong:deliveryTag bit:requeue'],
  'basic.recover-async': [60, 100, 'bit:requeue'],
  'basic.recover': [60, 110, 'bit:requeue'],
  'basic.recover-ok': [60, 111, ''],
  'basic.nack': [60, 120, 'longlong:deliveryTag bit:multiple bit:requeue'],
  'confirm.select': [85, 10, 'bit:nowait'],
  'confirm.select-ok': [85, 11, ''],
  'tx.select': [90, 10, ''],
  'tx.select-ok': [90, 11, ''],
  'tx.commit': [90, 20, ''],
  'tx.commit-ok': [90, 21, ''],
  'tx.rollback': [90, 30, ''],
  'tx.rollback-ok': [90, 31, ''],
} as const satisfies Record<string, readonly [number, number, string]>

export type MethodName = keyof typeof table

export interface MethodShape {
  readonly name: MethodName
  readonly classId: number
  readonly methodId: number
  readonly fields: readonly (readonly [type: string, name: string])[]
}

const shapes = Object.entries(table).map(
  ([name, [classId, methodId, fields]]): MethodShape => ({
    name: name as MethodName, // the keys of `table` are the names
    classId,
    methodId,
    fields: fields === '' ? [] : fields.split(' ').map((field) => field.split(':') as [string, string]),
  }),
)
const byName = new Map(shapes.map((shape) => [shape.name, shape]))
const byNumber = new Map(shapes.map((shape) => [shape.classId * 65536 + shape.methodId, shape]))

/** The shape of a method known by name. */
export function methodNamed(name: MethodName): MethodShape {
  const shape = byName.get(name)
  if (shape === undefined) throw new Error(`no method ${name}`)
  return shape
}

/** The shape of a method known by its numbers. */
export function methodNumbered(classId: number, methodId: number): MethodShape {
  const shape = byNumber.get(classId * 65536 + methodId)
  if (shape === undefined) throw new Error(`no method ${classId}.${methodId}`)
  return shape
}
