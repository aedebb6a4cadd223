// Generated from spec.ts by `npm run generate`; do not edit.
import type { Table } from '../../std/table.ts'
import { tableEnd } from '../../std/table-codec.ts'
import {
  expectEnd,
  longstrEnd,
  longstrSize,
  need,
  noBytes,
  prefixedTableSize,
  readLong,
  readLonglong,
  readLongstr,
  readOctet,
  readShort,
  readShortstr,
  readTable,
  shortstrEnd,
  shortstrSize,
  unknownMethod,
  writeLong,
  writeLonglong,
  writeLongstr,
  writeOctet,
  writePrefixedTable,
  writeShort,
  writeShortstr,
} from './fields.ts'

/** connection.start (10, 10). */
export interface ConnectionStart {
  readonly name: 'connection.start'
  readonly versionMajor: number
  readonly versionMinor: number
  readonly serverProperties: Table
  readonly mechanisms: Buffer
  readonly locales: Buffer
}

/** connection.start-ok (10, 11). */
export interface ConnectionStartOk {
  readonly name: 'connection.start-ok'
  readonly clientProperties: Table
  readonly mechanism: string
  readonly response: Buffer
  readonly locale: string
}

/** connection.secure (10, 20). */
export interface ConnectionSecure {
  readonly name: 'connection.secure'
  readonly challenge: Buffer
}

/** connection.secure-ok (10, 21). */
export interface ConnectionSecureOk {
  readonly name: 'connection.secure-ok'
  readonly response: Buffer
}

/** connection.tune (10, 30). */
export interface ConnectionTune {
  readonly name: 'connection.tune'
  readonly channelMax: number
  readonly frameMax: number
  readonly heartbeat: number
}

/** connection.tune-ok (10, 31). */
export interface ConnectionTuneOk {
  readonly name: 'connection.tune-ok'
  readonly channelMax: number
  readonly frameMax: number
  readonly heartbeat: number
}

/** connection.open (10, 40). */
export interface ConnectionOpen {
  readonly name: 'connection.open'
  readonly virtualHost: string
}

/** connection.open-ok (10, 41). */
export interface ConnectionOpenOk {
  readonly name: 'connection.open-ok'
}

/** connection.close (10, 50). */
export interface ConnectionClose {
  readonly name: 'connection.close'
  readonly replyCode: number
  readonly replyText: string
  readonly classId: number
  readonly methodId: number
}

/** connection.close-ok (10, 51). */
export interface ConnectionCloseOk {
  readonly name: 'connection.close-ok'
}

/** connection.blocked (10, 60). */
export interface ConnectionBlocked {
  readonly name: 'connection.blocked'
  readonly reason: string
}

/** connection.unblocked (10, 61). */
export interface ConnectionUnblocked {
  readonly name: 'connection.unblocked'
}

/** connection.update-secret (10, 70). */
export interface ConnectionUpdateSecret {
  readonly name: 'connection.update-secret'
  readonly newSecret: Buffer
  readonly reason: string
}

/** connection.update-secret-ok (10, 71). */
export interface ConnectionUpdateSecretOk {
  readonly name: 'connection.update-secret-ok'
}

/** channel.open (20, 10). */
export interface ChannelOpen {
  readonly name: 'channel.open'
}

/** channel.open-ok (20, 11). */
export interface ChannelOpenOk {
  readonly name: 'channel.open-ok'
}

/** channel.flow (20, 20). */
export interface ChannelFlow {
  readonly name: 'channel.flow'
  readonly active: boolean
}

/** channel.flow-ok (20, 21). */
export interface ChannelFlowOk {
  readonly name: 'channel.flow-ok'
  readonly active: boolean
}

/** channel.close (20, 40). */
export interface ChannelClose {
  readonly name: 'channel.close'
  readonly replyCode: number
  readonly replyText: string
  readonly classId: number
  readonly methodId: number
}

/** channel.close-ok (20, 41). */
export interface ChannelCloseOk {
  readonly name: 'channel.close-ok'
}

/** access.request (30, 10). */
export interface AccessRequest {
  readonly name: 'access.request'
  readonly realm: string
  readonly exclusive: boolean
  readonly passive: boolean
  readonly active: boolean
  readonly write: boolean
  readonly read: boolean
}

/** access.request-ok (30, 11). */
export interface AccessRequestOk {
  readonly name: 'access.request-ok'
  readonly ticket: number
}

/** exchange.declare (40, 10). */
export interface ExchangeDeclare {
  readonly name: 'exchange.declare'
  readonly exchange: string
  readonly type: string
  readonly passive: boolean
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly noWait: boolean
  readonly arguments: Table
}

/** exchange.declare-ok (40, 11). */
export interface ExchangeDeclareOk {
  readonly name: 'exchange.declare-ok'
}

/** exchange.delete (40, 20). */
export interface ExchangeDelete {
  readonly name: 'exchange.delete'
  readonly exchange: string
  readonly ifUnused: boolean
  readonly noWait: boolean
}

/** exchange.delete-ok (40, 21). */
export interface ExchangeDeleteOk {
  readonly name: 'exchange.delete-ok'
}

/** exchange.bind (40, 30). */
export interface ExchangeBind {
  readonly name: 'exchange.bind'
  readonly destination: string
  readonly source: string
  readonly routingKey: string
  readonly noWait: boolean
  readonly arguments: Table
}

/** exchange.bind-ok (40, 31). */
export interface ExchangeBindOk {
  readonly name: 'exchange.bind-ok'
}

/** exchange.unbind (40, 40). */
export interface ExchangeUnbind {
  readonly name: 'exchange.unbind'
  readonly destination: string
  readonly source: string
  readonly routingKey: string
  readonly noWait: boolean
  readonly arguments: Table
}

/** exchange.unbind-ok (40, 51). */
export interface ExchangeUnbindOk {
  readonly name: 'exchange.unbind-ok'
}

/** queue.declare (50, 10). */
export interface QueueDeclare {
  readonly name: 'queue.declare'
  readonly queue: string
  readonly passive: boolean
  readonly durable: boolean
  readonly exclusive: boolean
  readonly autoDelete: boolean
  readonly noWait: boolean
  readonly arguments: Table
}

/** queue.declare-ok (50, 11). */
export interface QueueDeclareOk {
  readonly name: 'queue.declare-ok'
  readonly queue: string
  readonly messageCount: number
  readonly consumerCount: number
}

/** queue.bind (50, 20). */
export interface QueueBind {
  readonly name: 'queue.bind'
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  readonly noWait: boolean
  readonly arguments: Table
}

/** queue.bind-ok (50, 21). */
export interface QueueBindOk {
  readonly name: 'queue.bind-ok'
}

/** queue.purge (50, 30). */
export interface QueuePurge {
  readonly name: 'queue.purge'
  readonly queue: string
  readonly noWait: boolean
}

/** queue.purge-ok (50, 31). */
export interface QueuePurgeOk {
  readonly name: 'queue.purge-ok'
  readonly messageCount: number
}

/** queue.delete (50, 40). */
export interface QueueDelete {
  readonly name: 'queue.delete'
  readonly queue: string
  readonly ifUnused: boolean
  readonly ifEmpty: boolean
  readonly noWait: boolean
}

/** queue.delete-ok (50, 41). */
export interface QueueDeleteOk {
  readonly name: 'queue.delete-ok'
  readonly messageCount: number
}

/** queue.unbind (50, 50). */
export interface QueueUnbind {
  readonly name: 'queue.unbind'
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  readonly arguments: Table
}

/** queue.unbind-ok (50, 51). */
export interface QueueUnbindOk {
  readonly name: 'queue.unbind-ok'
}

/** basic.qos (60, 10). */
export interface BasicQos {
  readonly name: 'basic.qos'
  readonly prefetchSize: number
  readonly prefetchCount: number
  readonly global: boolean
}

/** basic.qos-ok (60, 11). */
export interface BasicQosOk {
  readonly name: 'basic.qos-ok'
}

/** basic.consume (60, 20). */
export interface BasicConsume {
  readonly name: 'basic.consume'
  readonly queue: string
  readonly consumerTag: string
  readonly noLocal: boolean
  readonly noAck: boolean
  readonly exclusive: boolean
  readonly noWait: boolean
  readonly arguments: Table
}

/** basic.consume-ok (60, 21). */
export interface BasicConsumeOk {
  readonly name: 'basic.consume-ok'
  readonly consumerTag: string
}

/** basic.cancel (60, 30). */
export interface BasicCancel {
  readonly name: 'basic.cancel'
  readonly consumerTag: string
  readonly noWait: boolean
}

/** basic.cancel-ok (60, 31). */
export interface BasicCancelOk {
  readonly name: 'basic.cancel-ok'
  readonly consumerTag: string
}

/** basic.publish (60, 40). */
export interface BasicPublish {
  readonly name: 'basic.publish'
  readonly exchange: string
  readonly routingKey: string
  readonly mandatory: boolean
  readonly immediate: boolean
}

/** basic.return (60, 50). */
export interface BasicReturn {
  readonly name: 'basic.return'
  readonly replyCode: number
  readonly replyText: string
  readonly exchange: string
  readonly routingKey: string
}

/** basic.deliver (60, 60). */
export interface BasicDeliver {
  readonly name: 'basic.deliver'
  readonly consumerTag: string
  readonly deliveryTag: number
  readonly redelivered: boolean
  readonly exchange: string
  readonly routingKey: string
}

/** basic.get (60, 70). */
export interface BasicGet {
  readonly name: 'basic.get'
  readonly queue: string
  readonly noAck: boolean
}

/** basic.get-ok (60, 71). */
export interface BasicGetOk {
  readonly name: 'basic.get-ok'
  readonly deliveryTag: number
  readonly redelivered: boolean
  readonly exchange: string
  readonly routingKey: string
  readonly messageCount: number
}

/** basic.get-empty (60, 72). */
export interface BasicGetEmpty {
  readonly name: 'basic.get-empty'
}

/** basic.ack (60, 80). */
export interface BasicAck {
  readonly name: 'basic.ack'
  readonly deliveryTag: number
  readonly multiple: boolean
}

/** basic.reject (60, 90). */
export interface BasicReject {
  readonly name: 'basic.reject'
  readonly deliveryTag: number
  readonly requeue: boolean
}

/** basic.recover-async (60, 100). */
export interface BasicRecoverAsync {
  readonly name: 'basic.recover-async'
  readonly requeue: boolean
}

/** basic.recover (60, 110). */
export interface BasicRecover {
  readonly name: 'basic.recover'
  readonly requeue: boolean
}

/** basic.recover-ok (60, 111). */
export interface BasicRecoverOk {
  readonly name: 'basic.recover-ok'
}

/** basic.nack (60, 120). */
export interface BasicNack {
  readonly name: 'basic.nack'
  readonly deliveryTag: number
  readonly multiple: boolean
  readonly requeue: boolean
}

/** confirm.select (85, 10). */
export interface ConfirmSelect {
  readonly name: 'confirm.select'
  readonly noWait: boolean
}

/** confirm.select-ok (85, 11). */
export interface ConfirmSelectOk {
  readonly name: 'confirm.select-ok'
}

/** tx.select (90, 10). */
export interface TxSelect {
  readonly name: 'tx.select'
}

/** tx.select-ok (90, 11). */
export interface TxSelectOk {
  readonly name: 'tx.select-ok'
}

/** tx.commit (90, 20). */
export interface TxCommit {
  readonly name: 'tx.commit'
}

/** tx.commit-ok (90, 21). */
export interface TxCommitOk {
  readonly name: 'tx.commit-ok'
}

/** tx.rollback (90, 30). */
export interface TxRollback {
  readonly name: 'tx.rollback'
}

/** tx.rollback-ok (90, 31). */
export interface TxRollbackOk {
  readonly name: 'tx.rollback-ok'
}

/** Any method; `name` tells which. */
export type Method =
  | ConnectionStart
  | ConnectionStartOk
  | ConnectionSecure
  | ConnectionSecureOk
  | ConnectionTune
  | ConnectionTuneOk
  | ConnectionOpen
  | ConnectionOpenOk
  | ConnectionClose
  | ConnectionCloseOk
  | ConnectionBlocked
  | ConnectionUnblocked
  | ConnectionUpdateSecret
  | ConnectionUpdateSecretOk
  | ChannelOpen
  | ChannelOpenOk
  | ChannelFlow
  | ChannelFlowOk
  | ChannelClose
  | ChannelCloseOk
  | AccessRequest
  | AccessRequestOk
  | ExchangeDeclare
  | ExchangeDeclareOk
  | ExchangeDelete
  | ExchangeDeleteOk
  | ExchangeBind
  | ExchangeBindOk
  | ExchangeUnbind
  | ExchangeUnbindOk
  | QueueDeclare
  | QueueDeclareOk
  | QueueBind
  | QueueBindOk
  | QueuePurge
  | QueuePurgeOk
  | QueueDelete
  | QueueDeleteOk
  | QueueUnbind
  | QueueUnbindOk
  | BasicQos
  | BasicQosOk
  | BasicConsume
  | BasicConsumeOk
  | BasicCancel
  | BasicCancelOk
  | BasicPublish
  | BasicReturn
  | BasicDeliver
  | BasicGet
  | BasicGetOk
  | BasicGetEmpty
  | BasicAck
  | BasicReject
  | BasicRecoverAsync
  | BasicRecover
  | BasicRecoverOk
  | BasicNack
  | ConfirmSelect
  | ConfirmSelectOk
  | TxSelect
  | TxSelectOk
  | TxCommit
  | TxCommitOk
  | TxRollback
  | TxRollbackOk

export type MethodName = Method['name']

/** The ids of each method, as errors carry them. */
export const methodIds = {
  'connection.start': { classId: 10, methodId: 10 },
  'connection.start-ok': { classId: 10, methodId: 11 },
  'connection.secure': { classId: 10, methodId: 20 },
  'connection.secure-ok': { classId: 10, methodId: 21 },
  'connection.tune': { classId: 10, methodId: 30 },
  'connection.tune-ok': { classId: 10, methodId: 31 },
  'connection.open': { classId: 10, methodId: 40 },
  'connection.open-ok': { classId: 10, methodId: 41 },
  'connection.close': { classId: 10, methodId: 50 },
  'connection.close-ok': { classId: 10, methodId: 51 },
  'connection.blocked': { classId: 10, methodId: 60 },
  'connection.unblocked': { classId: 10, methodId: 61 },
  'connection.update-secret': { classId: 10, methodId: 70 },
  'connection.update-secret-ok': { classId: 10, methodId: 71 },
  'channel.open': { classId: 20, methodId: 10 },
  'channel.open-ok': { classId: 20, methodId: 11 },
  'channel.flow': { classId: 20, methodId: 20 },
  'channel.flow-ok': { classId: 20, methodId: 21 },
  'channel.close': { classId: 20, methodId: 40 },
  'channel.close-ok': { classId: 20, methodId: 41 },
  'access.request': { classId: 30, methodId: 10 },
  'access.request-ok': { classId: 30, methodId: 11 },
  'exchange.declare': { classId: 40, methodId: 10 },
  'exchange.declare-ok': { classId: 40, methodId: 11 },
  'exchange.delete': { classId: 40, methodId: 20 },
  'exchange.delete-ok': { classId: 40, methodId: 21 },
  'exchange.bind': { classId: 40, methodId: 30 },
  'exchange.bind-ok': { classId: 40, methodId: 31 },
  'exchange.unbind': { classId: 40, methodId: 40 },
  'exchange.unbind-ok': { classId: 40, methodId: 51 },
  'queue.declare': { classId: 50, methodId: 10 },
  'queue.declare-ok': { classId: 50, methodId: 11 },
  'queue.bind': { classId: 50, methodId: 20 },
  'queue.bind-ok': { classId: 50, methodId: 21 },
  'queue.purge': { classId: 50, methodId: 30 },
  'queue.purge-ok': { classId: 50, methodId: 31 },
  'queue.delete': { classId: 50, methodId: 40 },
  'queue.delete-ok': { classId: 50, methodId: 41 },
  'queue.unbind': { classId: 50, methodId: 50 },
  'queue.unbind-ok': { classId: 50, methodId: 51 },
  'basic.qos': { classId: 60, methodId: 10 },
  'basic.qos-ok': { classId: 60, methodId: 11 },
  'basic.consume': { classId: 60, methodId: 20 },
  'basic.consume-ok': { classId: 60, methodId: 21 },
  'basic.cancel': { classId: 60, methodId: 30 },
  'basic.cancel-ok': { classId: 60, methodId: 31 },
  'basic.publish': { classId: 60, methodId: 40 },
  'basic.return': { classId: 60, methodId: 50 },
  'basic.deliver': { classId: 60, methodId: 60 },
  'basic.get': { classId: 60, methodId: 70 },
  'basic.get-ok': { classId: 60, methodId: 71 },
  'basic.get-empty': { classId: 60, methodId: 72 },
  'basic.ack': { classId: 60, methodId: 80 },
  'basic.reject': { classId: 60, methodId: 90 },
  'basic.recover-async': { classId: 60, methodId: 100 },
  'basic.recover': { classId: 60, methodId: 110 },
  'basic.recover-ok': { classId: 60, methodId: 111 },
  'basic.nack': { classId: 60, methodId: 120 },
  'confirm.select': { classId: 85, methodId: 10 },
  'confirm.select-ok': { classId: 85, methodId: 11 },
  'tx.select': { classId: 90, methodId: 10 },
  'tx.select-ok': { classId: 90, methodId: 11 },
  'tx.commit': { classId: 90, methodId: 20 },
  'tx.commit-ok': { classId: 90, methodId: 21 },
  'tx.rollback': { classId: 90, methodId: 30 },
  'tx.rollback-ok': { classId: 90, methodId: 31 },
} as const satisfies Record<MethodName, { readonly classId: number; readonly methodId: number }>

/** The method whose frame payload is [start, end); throws a `DecodeError`. */
export function decodeMethod(buffer: Buffer, start: number, end: number): Method {
  need(start + 4, end)
  switch (buffer.readUInt32BE(start)) {
    case 0x000a000a:
      return decodeConnectionStart(buffer, start + 4, end)
    case 0x000a000b:
      return decodeConnectionStartOk(buffer, start + 4, end)
    case 0x000a0014:
      return decodeConnectionSecure(buffer, start + 4, end)
    case 0x000a0015:
      return decodeConnectionSecureOk(buffer, start + 4, end)
    case 0x000a001e:
      return decodeConnectionTune(buffer, start + 4, end)
    case 0x000a001f:
      return decodeConnectionTuneOk(buffer, start + 4, end)
    case 0x000a0028:
      return decodeConnectionOpen(buffer, start + 4, end)
    case 0x000a0029:
      return decodeConnectionOpenOk(buffer, start + 4, end)
    case 0x000a0032:
      return decodeConnectionClose(buffer, start + 4, end)
    case 0x000a0033:
      return decodeConnectionCloseOk(start + 4, end)
    case 0x000a003c:
      return decodeConnectionBlocked(buffer, start + 4, end)
    case 0x000a003d:
      return decodeConnectionUnblocked(start + 4, end)
    case 0x000a0046:
      return decodeConnectionUpdateSecret(buffer, start + 4, end)
    case 0x000a0047:
      return decodeConnectionUpdateSecretOk(start + 4, end)
    case 0x0014000a:
      return decodeChannelOpen(buffer, start + 4, end)
    case 0x0014000b:
      return decodeChannelOpenOk(buffer, start + 4, end)
    case 0x00140014:
      return decodeChannelFlow(buffer, start + 4, end)
    case 0x00140015:
      return decodeChannelFlowOk(buffer, start + 4, end)
    case 0x00140028:
      return decodeChannelClose(buffer, start + 4, end)
    case 0x00140029:
      return decodeChannelCloseOk(start + 4, end)
    case 0x001e000a:
      return decodeAccessRequest(buffer, start + 4, end)
    case 0x001e000b:
      return decodeAccessRequestOk(buffer, start + 4, end)
    case 0x0028000a:
      return decodeExchangeDeclare(buffer, start + 4, end)
    case 0x0028000b:
      return decodeExchangeDeclareOk(start + 4, end)
    case 0x00280014:
      return decodeExchangeDelete(buffer, start + 4, end)
    case 0x00280015:
      return decodeExchangeDeleteOk(start + 4, end)
    case 0x0028001e:
      return decodeExchangeBind(buffer, start + 4, end)
    case 0x0028001f:
      return decodeExchangeBindOk(start + 4, end)
    case 0x00280028:
      return decodeExchangeUnbind(buffer, start + 4, end)
    case 0x00280033:
      return decodeExchangeUnbindOk(start + 4, end)
    case 0x0032000a:
      return decodeQueueDeclare(buffer, start + 4, end)
    case 0x0032000b:
      return decodeQueueDeclareOk(buffer, start + 4, end)
    case 0x00320014:
      return decodeQueueBind(buffer, start + 4, end)
    case 0x00320015:
      return decodeQueueBindOk(start + 4, end)
    case 0x0032001e:
      return decodeQueuePurge(buffer, start + 4, end)
    case 0x0032001f:
      return decodeQueuePurgeOk(buffer, start + 4, end)
    case 0x00320028:
      return decodeQueueDelete(buffer, start + 4, end)
    case 0x00320029:
      return decodeQueueDeleteOk(buffer, start + 4, end)
    case 0x00320032:
      return decodeQueueUnbind(buffer, start + 4, end)
    case 0x00320033:
      return decodeQueueUnbindOk(start + 4, end)
    case 0x003c000a:
      return decodeBasicQos(buffer, start + 4, end)
    case 0x003c000b:
      return decodeBasicQosOk(start + 4, end)
    case 0x003c0014:
      return decodeBasicConsume(buffer, start + 4, end)
    case 0x003c0015:
      return decodeBasicConsumeOk(buffer, start + 4, end)
    case 0x003c001e:
      return decodeBasicCancel(buffer, start + 4, end)
    case 0x003c001f:
      return decodeBasicCancelOk(buffer, start + 4, end)
    case 0x003c0028:
      return decodeBasicPublish(buffer, start + 4, end)
    case 0x003c0032:
      return decodeBasicReturn(buffer, start + 4, end)
    case 0x003c003c:
      return decodeBasicDeliver(buffer, start + 4, end)
    case 0x003c0046:
      return decodeBasicGet(buffer, start + 4, end)
    case 0x003c0047:
      return decodeBasicGetOk(buffer, start + 4, end)
    case 0x003c0048:
      return decodeBasicGetEmpty(buffer, start + 4, end)
    case 0x003c0050:
      return decodeBasicAck(buffer, start + 4, end)
    case 0x003c005a:
      return decodeBasicReject(buffer, start + 4, end)
    case 0x003c0064:
      return decodeBasicRecoverAsync(buffer, start + 4, end)
    case 0x003c006e:
      return decodeBasicRecover(buffer, start + 4, end)
    case 0x003c006f:
      return decodeBasicRecoverOk(start + 4, end)
    case 0x003c0078:
      return decodeBasicNack(buffer, start + 4, end)
    case 0x0055000a:
      return decodeConfirmSelect(buffer, start + 4, end)
    case 0x0055000b:
      return decodeConfirmSelectOk(start + 4, end)
    case 0x005a000a:
      return decodeTxSelect(start + 4, end)
    case 0x005a000b:
      return decodeTxSelectOk(start + 4, end)
    case 0x005a0014:
      return decodeTxCommit(start + 4, end)
    case 0x005a0015:
      return decodeTxCommitOk(start + 4, end)
    case 0x005a001e:
      return decodeTxRollback(start + 4, end)
    case 0x005a001f:
      return decodeTxRollbackOk(start + 4, end)
    default:
      throw unknownMethod(buffer.readUInt16BE(start), buffer.readUInt16BE(start + 2))
  }
}

/** Bytes of the payload of the method's frame. */
export function methodSize(method: Method): number {
  switch (method.name) {
    case 'connection.start':
      return (
        6 + prefixedTableSize(method.serverProperties) + longstrSize(method.mechanisms) + longstrSize(method.locales)
      )
    case 'connection.start-ok':
      return (
        4 +
        prefixedTableSize(method.clientProperties) +
        shortstrSize(method.mechanism) +
        longstrSize(method.response) +
        shortstrSize(method.locale)
      )
    case 'connection.secure':
      return 4 + longstrSize(method.challenge)
    case 'connection.secure-ok':
      return 4 + longstrSize(method.response)
    case 'connection.tune':
    case 'connection.tune-ok':
      return 12
    case 'connection.open':
      return 6 + shortstrSize(method.virtualHost)
    case 'connection.open-ok':
    case 'channel.open':
    case 'channel.flow':
    case 'channel.flow-ok':
    case 'basic.get-empty':
    case 'basic.recover-async':
    case 'basic.recover':
    case 'confirm.select':
      return 5
    case 'connection.close':
    case 'channel.close':
      return 10 + shortstrSize(method.replyText)
    case 'connection.close-ok':
    case 'connection.unblocked':
    case 'connection.update-secret-ok':
    case 'channel.close-ok':
    case 'exchange.declare-ok':
    case 'exchange.delete-ok':
    case 'exchange.bind-ok':
    case 'exchange.unbind-ok':
    case 'queue.bind-ok':
    case 'queue.unbind-ok':
    case 'basic.qos-ok':
    case 'basic.recover-ok':
    case 'confirm.select-ok':
    case 'tx.select':
    case 'tx.select-ok':
    case 'tx.commit':
    case 'tx.commit-ok':
    case 'tx.rollback':
    case 'tx.rollback-ok':
      return 4
    case 'connection.blocked':
      return 4 + shortstrSize(method.reason)
    case 'connection.update-secret':
      return 4 + longstrSize(method.newSecret) + shortstrSize(method.reason)
    case 'channel.open-ok':
    case 'queue.purge-ok':
    case 'queue.delete-ok':
      return 8
    case 'access.request':
      return 5 + shortstrSize(method.realm)
    case 'access.request-ok':
      return 6
    case 'exchange.declare':
      return 7 + shortstrSize(method.exchange) + shortstrSize(method.type) + prefixedTableSize(method.arguments)
    case 'exchange.delete':
      return 7 + shortstrSize(method.exchange)
    case 'exchange.bind':
    case 'exchange.unbind':
      return (
        7 +
        shortstrSize(method.destination) +
        shortstrSize(method.source) +
        shortstrSize(method.routingKey) +
        prefixedTableSize(method.arguments)
      )
    case 'queue.declare':
      return 7 + shortstrSize(method.queue) + prefixedTableSize(method.arguments)
    case 'queue.declare-ok':
      return 12 + shortstrSize(method.queue)
    case 'queue.bind':
      return (
        7 +
        shortstrSize(method.queue) +
        shortstrSize(method.exchange) +
        shortstrSize(method.routingKey) +
        prefixedTableSize(method.arguments)
      )
    case 'queue.purge':
    case 'queue.delete':
    case 'basic.get':
      return 7 + shortstrSize(method.queue)
    case 'queue.unbind':
      return (
        6 +
        shortstrSize(method.queue) +
        shortstrSize(method.exchange) +
        shortstrSize(method.routingKey) +
        prefixedTableSize(method.arguments)
      )
    case 'basic.qos':
      return 11
    case 'basic.consume':
      return 7 + shortstrSize(method.queue) + shortstrSize(method.consumerTag) + prefixedTableSize(method.arguments)
    case 'basic.consume-ok':
    case 'basic.cancel-ok':
      return 4 + shortstrSize(method.consumerTag)
    case 'basic.cancel':
      return 5 + shortstrSize(method.consumerTag)
    case 'basic.publish':
      return 7 + shortstrSize(method.exchange) + shortstrSize(method.routingKey)
    case 'basic.return':
      return 6 + shortstrSize(method.replyText) + shortstrSize(method.exchange) + shortstrSize(method.routingKey)
    case 'basic.deliver':
      return 13 + shortstrSize(method.consumerTag) + shortstrSize(method.exchange) + shortstrSize(method.routingKey)
    case 'basic.get-ok':
      return 17 + shortstrSize(method.exchange) + shortstrSize(method.routingKey)
    case 'basic.ack':
    case 'basic.reject':
    case 'basic.nack':
      return 13
  }
}

/** Writes the payload of the method's frame and says where it ends; there must be room for `methodSize`. */
export function writeMethod(buffer: Buffer, start: number, method: Method): number {
  let at: number
  switch (method.name) {
    case 'connection.start':
      at = writeLong(buffer, start, 0x000a000a)
      return writeConnectionStart(buffer, at, method)
    case 'connection.start-ok':
      at = writeLong(buffer, start, 0x000a000b)
      return writeConnectionStartOk(buffer, at, method)
    case 'connection.secure':
      at = writeLong(buffer, start, 0x000a0014)
      return writeConnectionSecure(buffer, at, method)
    case 'connection.secure-ok':
      at = writeLong(buffer, start, 0x000a0015)
      return writeConnectionSecureOk(buffer, at, method)
    case 'connection.tune':
      at = writeLong(buffer, start, 0x000a001e)
      return writeConnectionTune(buffer, at, method)
    case 'connection.tune-ok':
      at = writeLong(buffer, start, 0x000a001f)
      return writeConnectionTuneOk(buffer, at, method)
    case 'connection.open':
      at = writeLong(buffer, start, 0x000a0028)
      return writeConnectionOpen(buffer, at, method)
    case 'connection.open-ok':
      at = writeLong(buffer, start, 0x000a0029)
      return writeConnectionOpenOk(buffer, at)
    case 'connection.close':
      at = writeLong(buffer, start, 0x000a0032)
      return writeConnectionClose(buffer, at, method)
    case 'connection.close-ok':
      at = writeLong(buffer, start, 0x000a0033)
      return at
    case 'connection.blocked':
      at = writeLong(buffer, start, 0x000a003c)
      return writeConnectionBlocked(buffer, at, method)
    case 'connection.unblocked':
      at = writeLong(buffer, start, 0x000a003d)
      return at
    case 'connection.update-secret':
      at = writeLong(buffer, start, 0x000a0046)
      return writeConnectionUpdateSecret(buffer, at, method)
    case 'connection.update-secret-ok':
      at = writeLong(buffer, start, 0x000a0047)
      return at
    case 'channel.open':
      at = writeLong(buffer, start, 0x0014000a)
      return writeChannelOpen(buffer, at)
    case 'channel.open-ok':
      at = writeLong(buffer, start, 0x0014000b)
      return writeChannelOpenOk(buffer, at)
    case 'channel.flow':
      at = writeLong(buffer, start, 0x00140014)
      return writeChannelFlow(buffer, at, method)
    case 'channel.flow-ok':
      at = writeLong(buffer, start, 0x00140015)
      return writeChannelFlowOk(buffer, at, method)
    case 'channel.close':
      at = writeLong(buffer, start, 0x00140028)
      return writeChannelClose(buffer, at, method)
    case 'channel.close-ok':
      at = writeLong(buffer, start, 0x00140029)
      return at
    case 'access.request':
      at = writeLong(buffer, start, 0x001e000a)
      return writeAccessRequest(buffer, at, method)
    case 'access.request-ok':
      at = writeLong(buffer, start, 0x001e000b)
      return writeAccessRequestOk(buffer, at, method)
    case 'exchange.declare':
      at = writeLong(buffer, start, 0x0028000a)
      return writeExchangeDeclare(buffer, at, method)
    case 'exchange.declare-ok':
      at = writeLong(buffer, start, 0x0028000b)
      return at
    case 'exchange.delete':
      at = writeLong(buffer, start, 0x00280014)
      return writeExchangeDelete(buffer, at, method)
    case 'exchange.delete-ok':
      at = writeLong(buffer, start, 0x00280015)
      return at
    case 'exchange.bind':
      at = writeLong(buffer, start, 0x0028001e)
      return writeExchangeBind(buffer, at, method)
    case 'exchange.bind-ok':
      at = writeLong(buffer, start, 0x0028001f)
      return at
    case 'exchange.unbind':
      at = writeLong(buffer, start, 0x00280028)
      return writeExchangeUnbind(buffer, at, method)
    case 'exchange.unbind-ok':
      at = writeLong(buffer, start, 0x00280033)
      return at
    case 'queue.declare':
      at = writeLong(buffer, start, 0x0032000a)
      return writeQueueDeclare(buffer, at, method)
    case 'queue.declare-ok':
      at = writeLong(buffer, start, 0x0032000b)
      return writeQueueDeclareOk(buffer, at, method)
    case 'queue.bind':
      at = writeLong(buffer, start, 0x00320014)
      return writeQueueBind(buffer, at, method)
    case 'queue.bind-ok':
      at = writeLong(buffer, start, 0x00320015)
      return at
    case 'queue.purge':
      at = writeLong(buffer, start, 0x0032001e)
      return writeQueuePurge(buffer, at, method)
    case 'queue.purge-ok':
      at = writeLong(buffer, start, 0x0032001f)
      return writeQueuePurgeOk(buffer, at, method)
    case 'queue.delete':
      at = writeLong(buffer, start, 0x00320028)
      return writeQueueDelete(buffer, at, method)
    case 'queue.delete-ok':
      at = writeLong(buffer, start, 0x00320029)
      return writeQueueDeleteOk(buffer, at, method)
    case 'queue.unbind':
      at = writeLong(buffer, start, 0x00320032)
      return writeQueueUnbind(buffer, at, method)
    case 'queue.unbind-ok':
      at = writeLong(buffer, start, 0x00320033)
      return at
    case 'basic.qos':
      at = writeLong(buffer, start, 0x003c000a)
      return writeBasicQos(buffer, at, method)
    case 'basic.qos-ok':
      at = writeLong(buffer, start, 0x003c000b)
      return at
    case 'basic.consume':
      at = writeLong(buffer, start, 0x003c0014)
      return writeBasicConsume(buffer, at, method)
    case 'basic.consume-ok':
      at = writeLong(buffer, start, 0x003c0015)
      return writeBasicConsumeOk(buffer, at, method)
    case 'basic.cancel':
      at = writeLong(buffer, start, 0x003c001e)
      return writeBasicCancel(buffer, at, method)
    case 'basic.cancel-ok':
      at = writeLong(buffer, start, 0x003c001f)
      return writeBasicCancelOk(buffer, at, method)
    case 'basic.publish':
      at = writeLong(buffer, start, 0x003c0028)
      return writeBasicPublish(buffer, at, method)
    case 'basic.return':
      at = writeLong(buffer, start, 0x003c0032)
      return writeBasicReturn(buffer, at, method)
    case 'basic.deliver':
      at = writeLong(buffer, start, 0x003c003c)
      return writeBasicDeliver(buffer, at, method)
    case 'basic.get':
      at = writeLong(buffer, start, 0x003c0046)
      return writeBasicGet(buffer, at, method)
    case 'basic.get-ok':
      at = writeLong(buffer, start, 0x003c0047)
      return writeBasicGetOk(buffer, at, method)
    case 'basic.get-empty':
      at = writeLong(buffer, start, 0x003c0048)
      return writeBasicGetEmpty(buffer, at)
    case 'basic.ack':
      at = writeLong(buffer, start, 0x003c0050)
      return writeBasicAck(buffer, at, method)
    case 'basic.reject':
      at = writeLong(buffer, start, 0x003c005a)
      return writeBasicReject(buffer, at, method)
    case 'basic.recover-async':
      at = writeLong(buffer, start, 0x003c0064)
      return writeBasicRecoverAsync(buffer, at, method)
    case 'basic.recover':
      at = writeLong(buffer, start, 0x003c006e)
      return writeBasicRecover(buffer, at, method)
    case 'basic.recover-ok':
      at = writeLong(buffer, start, 0x003c006f)
      return at
    case 'basic.nack':
      at = writeLong(buffer, start, 0x003c0078)
      return writeBasicNack(buffer, at, method)
    case 'confirm.select':
      at = writeLong(buffer, start, 0x0055000a)
      return writeConfirmSelect(buffer, at, method)
    case 'confirm.select-ok':
      at = writeLong(buffer, start, 0x0055000b)
      return at
    case 'tx.select':
      at = writeLong(buffer, start, 0x005a000a)
      return at
    case 'tx.select-ok':
      at = writeLong(buffer, start, 0x005a000b)
      return at
    case 'tx.commit':
      at = writeLong(buffer, start, 0x005a0014)
      return at
    case 'tx.commit-ok':
      at = writeLong(buffer, start, 0x005a0015)
      return at
    case 'tx.rollback':
      at = writeLong(buffer, start, 0x005a001e)
      return at
    case 'tx.rollback-ok':
      at = writeLong(buffer, start, 0x005a001f)
      return at
  }
}

function decodeConnectionStart(buffer: Buffer, start: number, end: number): ConnectionStart {
  let at = start
  const versionMajor = readOctet(buffer, at, end)
  at += 1
  const versionMinor = readOctet(buffer, at, end)
  at += 1
  const serverProperties = readTable(buffer, at, end)
  at = tableEnd(buffer, at, end)
  const mechanisms = readLongstr(buffer, at, end)
  at += 4 + mechanisms.length
  const locales = readLongstr(buffer, at, end)
  at += 4 + locales.length
  expectEnd(at, end)
  return { name: 'connection.start', versionMajor, versionMinor, serverProperties, mechanisms, locales }
}

function decodeConnectionStartOk(buffer: Buffer, start: number, end: number): ConnectionStartOk {
  let at = start
  const clientProperties = readTable(buffer, at, end)
  at = tableEnd(buffer, at, end)
  const mechanism = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const response = readLongstr(buffer, at, end)
  at += 4 + response.length
  const locale = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  expectEnd(at, end)
  return { name: 'connection.start-ok', clientProperties, mechanism, response, locale }
}

function decodeConnectionSecure(buffer: Buffer, start: number, end: number): ConnectionSecure {
  let at = start
  const challenge = readLongstr(buffer, at, end)
  at += 4 + challenge.length
  expectEnd(at, end)
  return { name: 'connection.secure', challenge }
}

function decodeConnectionSecureOk(buffer: Buffer, start: number, end: number): ConnectionSecureOk {
  let at = start
  const response = readLongstr(buffer, at, end)
  at += 4 + response.length
  expectEnd(at, end)
  return { name: 'connection.secure-ok', response }
}

function decodeConnectionTune(buffer: Buffer, start: number, end: number): ConnectionTune {
  let at = start
  const channelMax = readShort(buffer, at, end)
  at += 2
  const frameMax = readLong(buffer, at, end)
  at += 4
  const heartbeat = readShort(buffer, at, end)
  at += 2
  expectEnd(at, end)
  return { name: 'connection.tune', channelMax, frameMax, heartbeat }
}

function decodeConnectionTuneOk(buffer: Buffer, start: number, end: number): ConnectionTuneOk {
  let at = start
  const channelMax = readShort(buffer, at, end)
  at += 2
  const frameMax = readLong(buffer, at, end)
  at += 4
  const heartbeat = readShort(buffer, at, end)
  at += 2
  expectEnd(at, end)
  return { name: 'connection.tune-ok', channelMax, frameMax, heartbeat }
}

function decodeConnectionOpen(buffer: Buffer, start: number, end: number): ConnectionOpen {
  let at = start
  const virtualHost = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  at = shortstrEnd(buffer, at, end)
  need(at + 1, end)
  at += 1
  expectEnd(at, end)
  return { name: 'connection.open', virtualHost }
}

function decodeConnectionOpenOk(buffer: Buffer, start: number, end: number): ConnectionOpenOk {
  let at = start
  at = shortstrEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'connection.open-ok' }
}

function decodeConnectionClose(buffer: Buffer, start: number, end: number): ConnectionClose {
  let at = start
  const replyCode = readShort(buffer, at, end)
  at += 2
  const replyText = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const classId = readShort(buffer, at, end)
  at += 2
  const methodId = readShort(buffer, at, end)
  at += 2
  expectEnd(at, end)
  return { name: 'connection.close', replyCode, replyText, classId, methodId }
}

function decodeConnectionCloseOk(start: number, end: number): ConnectionCloseOk {
  expectEnd(start, end)
  return { name: 'connection.close-ok' }
}

function decodeConnectionBlocked(buffer: Buffer, start: number, end: number): ConnectionBlocked {
  let at = start
  const reason = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  expectEnd(at, end)
  return { name: 'connection.blocked', reason }
}

function decodeConnectionUnblocked(start: number, end: number): ConnectionUnblocked {
  expectEnd(start, end)
  return { name: 'connection.unblocked' }
}

function decodeConnectionUpdateSecret(buffer: Buffer, start: number, end: number): ConnectionUpdateSecret {
  let at = start
  const newSecret = readLongstr(buffer, at, end)
  at += 4 + newSecret.length
  const reason = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  expectEnd(at, end)
  return { name: 'connection.update-secret', newSecret, reason }
}

function decodeConnectionUpdateSecretOk(start: number, end: number): ConnectionUpdateSecretOk {
  expectEnd(start, end)
  return { name: 'connection.update-secret-ok' }
}

function decodeChannelOpen(buffer: Buffer, start: number, end: number): ChannelOpen {
  let at = start
  at = shortstrEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'channel.open' }
}

function decodeChannelOpenOk(buffer: Buffer, start: number, end: number): ChannelOpenOk {
  let at = start
  at = longstrEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'channel.open-ok' }
}

function decodeChannelFlow(buffer: Buffer, start: number, end: number): ChannelFlow {
  let at = start
  const active = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'channel.flow', active }
}

function decodeChannelFlowOk(buffer: Buffer, start: number, end: number): ChannelFlowOk {
  let at = start
  const active = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'channel.flow-ok', active }
}

function decodeChannelClose(buffer: Buffer, start: number, end: number): ChannelClose {
  let at = start
  const replyCode = readShort(buffer, at, end)
  at += 2
  const replyText = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const classId = readShort(buffer, at, end)
  at += 2
  const methodId = readShort(buffer, at, end)
  at += 2
  expectEnd(at, end)
  return { name: 'channel.close', replyCode, replyText, classId, methodId }
}

function decodeChannelCloseOk(start: number, end: number): ChannelCloseOk {
  expectEnd(start, end)
  return { name: 'channel.close-ok' }
}

function decodeAccessRequest(buffer: Buffer, start: number, end: number): AccessRequest {
  let at = start
  const realm = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const bits = readOctet(buffer, at, end)
  const exclusive = (bits & 1) !== 0
  const passive = (bits & 2) !== 0
  const active = (bits & 4) !== 0
  const write = (bits & 8) !== 0
  const read = (bits & 16) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'access.request', realm, exclusive, passive, active, write, read }
}

function decodeAccessRequestOk(buffer: Buffer, start: number, end: number): AccessRequestOk {
  let at = start
  const ticket = readShort(buffer, at, end)
  at += 2
  expectEnd(at, end)
  return { name: 'access.request-ok', ticket }
}

function decodeExchangeDeclare(buffer: Buffer, start: number, end: number): ExchangeDeclare {
  let at = start
  need(at + 2, end)
  at += 2
  const exchange = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const type = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const bits = readOctet(buffer, at, end)
  const passive = (bits & 1) !== 0
  const durable = (bits & 2) !== 0
  const autoDelete = (bits & 4) !== 0
  const internal = (bits & 8) !== 0
  const noWait = (bits & 16) !== 0
  at += 1
  const argumentTable = readTable(buffer, at, end)
  at = tableEnd(buffer, at, end)
  expectEnd(at, end)
  return {
    name: 'exchange.declare',
    exchange,
    type,
    passive,
    durable,
    autoDelete,
    internal,
    noWait,
    arguments: argumentTable,
  }
}

function decodeExchangeDeclareOk(start: number, end: number): ExchangeDeclareOk {
  expectEnd(start, end)
  return { name: 'exchange.declare-ok' }
}

function decodeExchangeDelete(buffer: Buffer, start: number, end: number): ExchangeDelete {
  let at = start
  need(at + 2, end)
  at += 2
  const exchange = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const bits = readOctet(buffer, at, end)
  const ifUnused = (bits & 1) !== 0
  const noWait = (bits & 2) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'exchange.delete', exchange, ifUnused, noWait }
}

function decodeExchangeDeleteOk(start: number, end: number): ExchangeDeleteOk {
  expectEnd(start, end)
  return { name: 'exchange.delete-ok' }
}

function decodeExchangeBind(buffer: Buffer, start: number, end: number): ExchangeBind {
  let at = start
  need(at + 2, end)
  at += 2
  const destination = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const source = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const routingKey = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const noWait = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  const argumentTable = readTable(buffer, at, end)
  at = tableEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'exchange.bind', destination, source, routingKey, noWait, arguments: argumentTable }
}

function decodeExchangeBindOk(start: number, end: number): ExchangeBindOk {
  expectEnd(start, end)
  return { name: 'exchange.bind-ok' }
}

function decodeExchangeUnbind(buffer: Buffer, start: number, end: number): ExchangeUnbind {
  let at = start
  need(at + 2, end)
  at += 2
  const destination = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const source = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const routingKey = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const noWait = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  const argumentTable = readTable(buffer, at, end)
  at = tableEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'exchange.unbind', destination, source, routingKey, noWait, arguments: argumentTable }
}

function decodeExchangeUnbindOk(start: number, end: number): ExchangeUnbindOk {
  expectEnd(start, end)
  return { name: 'exchange.unbind-ok' }
}

function decodeQueueDeclare(buffer: Buffer, start: number, end: number): QueueDeclare {
  let at = start
  need(at + 2, end)
  at += 2
  const queue = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const bits = readOctet(buffer, at, end)
  const passive = (bits & 1) !== 0
  const durable = (bits & 2) !== 0
  const exclusive = (bits & 4) !== 0
  const autoDelete = (bits & 8) !== 0
  const noWait = (bits & 16) !== 0
  at += 1
  const argumentTable = readTable(buffer, at, end)
  at = tableEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'queue.declare', queue, passive, durable, exclusive, autoDelete, noWait, arguments: argumentTable }
}

function decodeQueueDeclareOk(buffer: Buffer, start: number, end: number): QueueDeclareOk {
  let at = start
  const queue = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const messageCount = readLong(buffer, at, end)
  at += 4
  const consumerCount = readLong(buffer, at, end)
  at += 4
  expectEnd(at, end)
  return { name: 'queue.declare-ok', queue, messageCount, consumerCount }
}

function decodeQueueBind(buffer: Buffer, start: number, end: number): QueueBind {
  let at = start
  need(at + 2, end)
  at += 2
  const queue = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const exchange = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const routingKey = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const noWait = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  const argumentTable = readTable(buffer, at, end)
  at = tableEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'queue.bind', queue, exchange, routingKey, noWait, arguments: argumentTable }
}

function decodeQueueBindOk(start: number, end: number): QueueBindOk {
  expectEnd(start, end)
  return { name: 'queue.bind-ok' }
}

function decodeQueuePurge(buffer: Buffer, start: number, end: number): QueuePurge {
  let at = start
  need(at + 2, end)
  at += 2
  const queue = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const noWait = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'queue.purge', queue, noWait }
}

function decodeQueuePurgeOk(buffer: Buffer, start: number, end: number): QueuePurgeOk {
  let at = start
  const messageCount = readLong(buffer, at, end)
  at += 4
  expectEnd(at, end)
  return { name: 'queue.purge-ok', messageCount }
}

function decodeQueueDelete(buffer: Buffer, start: number, end: number): QueueDelete {
  let at = start
  need(at + 2, end)
  at += 2
  const queue = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const bits = readOctet(buffer, at, end)
  const ifUnused = (bits & 1) !== 0
  const ifEmpty = (bits & 2) !== 0
  const noWait = (bits & 4) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'queue.delete', queue, ifUnused, ifEmpty, noWait }
}

function decodeQueueDeleteOk(buffer: Buffer, start: number, end: number): QueueDeleteOk {
  let at = start
  const messageCount = readLong(buffer, at, end)
  at += 4
  expectEnd(at, end)
  return { name: 'queue.delete-ok', messageCount }
}

function decodeQueueUnbind(buffer: Buffer, start: number, end: number): QueueUnbind {
  let at = start
  need(at + 2, end)
  at += 2
  const queue = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const exchange = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const routingKey = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const argumentTable = readTable(buffer, at, end)
  at = tableEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'queue.unbind', queue, exchange, routingKey, arguments: argumentTable }
}

function decodeQueueUnbindOk(start: number, end: number): QueueUnbindOk {
  expectEnd(start, end)
  return { name: 'queue.unbind-ok' }
}

function decodeBasicQos(buffer: Buffer, start: number, end: number): BasicQos {
  let at = start
  const prefetchSize = readLong(buffer, at, end)
  at += 4
  const prefetchCount = readShort(buffer, at, end)
  at += 2
  const global = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'basic.qos', prefetchSize, prefetchCount, global }
}

function decodeBasicQosOk(start: number, end: number): BasicQosOk {
  expectEnd(start, end)
  return { name: 'basic.qos-ok' }
}

function decodeBasicConsume(buffer: Buffer, start: number, end: number): BasicConsume {
  let at = start
  need(at + 2, end)
  at += 2
  const queue = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const consumerTag = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const bits = readOctet(buffer, at, end)
  const noLocal = (bits & 1) !== 0
  const noAck = (bits & 2) !== 0
  const exclusive = (bits & 4) !== 0
  const noWait = (bits & 8) !== 0
  at += 1
  const argumentTable = readTable(buffer, at, end)
  at = tableEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'basic.consume', queue, consumerTag, noLocal, noAck, exclusive, noWait, arguments: argumentTable }
}

function decodeBasicConsumeOk(buffer: Buffer, start: number, end: number): BasicConsumeOk {
  let at = start
  const consumerTag = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  expectEnd(at, end)
  return { name: 'basic.consume-ok', consumerTag }
}

function decodeBasicCancel(buffer: Buffer, start: number, end: number): BasicCancel {
  let at = start
  const consumerTag = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const noWait = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'basic.cancel', consumerTag, noWait }
}

function decodeBasicCancelOk(buffer: Buffer, start: number, end: number): BasicCancelOk {
  let at = start
  const consumerTag = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  expectEnd(at, end)
  return { name: 'basic.cancel-ok', consumerTag }
}

function decodeBasicPublish(buffer: Buffer, start: number, end: number): BasicPublish {
  let at = start
  need(at + 2, end)
  at += 2
  const exchange = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const routingKey = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const bits = readOctet(buffer, at, end)
  const mandatory = (bits & 1) !== 0
  const immediate = (bits & 2) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'basic.publish', exchange, routingKey, mandatory, immediate }
}

function decodeBasicReturn(buffer: Buffer, start: number, end: number): BasicReturn {
  let at = start
  const replyCode = readShort(buffer, at, end)
  at += 2
  const replyText = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const exchange = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const routingKey = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  expectEnd(at, end)
  return { name: 'basic.return', replyCode, replyText, exchange, routingKey }
}

function decodeBasicDeliver(buffer: Buffer, start: number, end: number): BasicDeliver {
  let at = start
  const consumerTag = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const deliveryTag = readLonglong(buffer, at, end)
  at += 8
  const redelivered = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  const exchange = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const routingKey = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  expectEnd(at, end)
  return { name: 'basic.deliver', consumerTag, deliveryTag, redelivered, exchange, routingKey }
}

function decodeBasicGet(buffer: Buffer, start: number, end: number): BasicGet {
  let at = start
  need(at + 2, end)
  at += 2
  const queue = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const noAck = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'basic.get', queue, noAck }
}

function decodeBasicGetOk(buffer: Buffer, start: number, end: number): BasicGetOk {
  let at = start
  const deliveryTag = readLonglong(buffer, at, end)
  at += 8
  const redelivered = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  const exchange = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const routingKey = readShortstr(buffer, at, end)
  at += 1 + buffer[at]!
  const messageCount = readLong(buffer, at, end)
  at += 4
  expectEnd(at, end)
  return { name: 'basic.get-ok', deliveryTag, redelivered, exchange, routingKey, messageCount }
}

function decodeBasicGetEmpty(buffer: Buffer, start: number, end: number): BasicGetEmpty {
  let at = start
  at = shortstrEnd(buffer, at, end)
  expectEnd(at, end)
  return { name: 'basic.get-empty' }
}

function decodeBasicAck(buffer: Buffer, start: number, end: number): BasicAck {
  let at = start
  const deliveryTag = readLonglong(buffer, at, end)
  at += 8
  const multiple = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'basic.ack', deliveryTag, multiple }
}

function decodeBasicReject(buffer: Buffer, start: number, end: number): BasicReject {
  let at = start
  const deliveryTag = readLonglong(buffer, at, end)
  at += 8
  const requeue = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'basic.reject', deliveryTag, requeue }
}

function decodeBasicRecoverAsync(buffer: Buffer, start: number, end: number): BasicRecoverAsync {
  let at = start
  const requeue = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'basic.recover-async', requeue }
}

function decodeBasicRecover(buffer: Buffer, start: number, end: number): BasicRecover {
  let at = start
  const requeue = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'basic.recover', requeue }
}

function decodeBasicRecoverOk(start: number, end: number): BasicRecoverOk {
  expectEnd(start, end)
  return { name: 'basic.recover-ok' }
}

function decodeBasicNack(buffer: Buffer, start: number, end: number): BasicNack {
  let at = start
  const deliveryTag = readLonglong(buffer, at, end)
  at += 8
  const bits = readOctet(buffer, at, end)
  const multiple = (bits & 1) !== 0
  const requeue = (bits & 2) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'basic.nack', deliveryTag, multiple, requeue }
}

function decodeConfirmSelect(buffer: Buffer, start: number, end: number): ConfirmSelect {
  let at = start
  const noWait = (readOctet(buffer, at, end) & 1) !== 0
  at += 1
  expectEnd(at, end)
  return { name: 'confirm.select', noWait }
}

function decodeConfirmSelectOk(start: number, end: number): ConfirmSelectOk {
  expectEnd(start, end)
  return { name: 'confirm.select-ok' }
}

function decodeTxSelect(start: number, end: number): TxSelect {
  expectEnd(start, end)
  return { name: 'tx.select' }
}

function decodeTxSelectOk(start: number, end: number): TxSelectOk {
  expectEnd(start, end)
  return { name: 'tx.select-ok' }
}

function decodeTxCommit(start: number, end: number): TxCommit {
  expectEnd(start, end)
  return { name: 'tx.commit' }
}

function decodeTxCommitOk(start: number, end: number): TxCommitOk {
  expectEnd(start, end)
  return { name: 'tx.commit-ok' }
}

function decodeTxRollback(start: number, end: number): TxRollback {
  expectEnd(start, end)
  return { name: 'tx.rollback' }
}

function decodeTxRollbackOk(start: number, end: number): TxRollbackOk {
  expectEnd(start, end)
  return { name: 'tx.rollback-ok' }
}

function writeConnectionStart(buffer: Buffer, start: number, method: ConnectionStart): number {
  let at = start
  at = writeOctet(buffer, at, method.versionMajor)
  at = writeOctet(buffer, at, method.versionMinor)
  at = writePrefixedTable(buffer, at, method.serverProperties)
  at = writeLongstr(buffer, at, method.mechanisms)
  return writeLongstr(buffer, at, method.locales)
}

function writeConnectionStartOk(buffer: Buffer, start: number, method: ConnectionStartOk): number {
  let at = start
  at = writePrefixedTable(buffer, at, method.clientProperties)
  at = writeShortstr(buffer, at, method.mechanism)
  at = writeLongstr(buffer, at, method.response)
  return writeShortstr(buffer, at, method.locale)
}

function writeConnectionSecure(buffer: Buffer, at: number, method: ConnectionSecure): number {
  return writeLongstr(buffer, at, method.challenge)
}

function writeConnectionSecureOk(buffer: Buffer, at: number, method: ConnectionSecureOk): number {
  return writeLongstr(buffer, at, method.response)
}

function writeConnectionTune(buffer: Buffer, start: number, method: ConnectionTune): number {
  let at = start
  at = writeShort(buffer, at, method.channelMax)
  at = writeLong(buffer, at, method.frameMax)
  return writeShort(buffer, at, method.heartbeat)
}

function writeConnectionTuneOk(buffer: Buffer, start: number, method: ConnectionTuneOk): number {
  let at = start
  at = writeShort(buffer, at, method.channelMax)
  at = writeLong(buffer, at, method.frameMax)
  return writeShort(buffer, at, method.heartbeat)
}

function writeConnectionOpen(buffer: Buffer, start: number, method: ConnectionOpen): number {
  let at = start
  at = writeShortstr(buffer, at, method.virtualHost)
  at = writeShortstr(buffer, at, '')
  return writeOctet(buffer, at, 0)
}

function writeConnectionOpenOk(buffer: Buffer, at: number): number {
  return writeShortstr(buffer, at, '')
}

function writeConnectionClose(buffer: Buffer, start: number, method: ConnectionClose): number {
  let at = start
  at = writeShort(buffer, at, method.replyCode)
  at = writeShortstr(buffer, at, method.replyText)
  at = writeShort(buffer, at, method.classId)
  return writeShort(buffer, at, method.methodId)
}

function writeConnectionBlocked(buffer: Buffer, at: number, method: ConnectionBlocked): number {
  return writeShortstr(buffer, at, method.reason)
}

function writeConnectionUpdateSecret(buffer: Buffer, start: number, method: ConnectionUpdateSecret): number {
  let at = start
  at = writeLongstr(buffer, at, method.newSecret)
  return writeShortstr(buffer, at, method.reason)
}

function writeChannelOpen(buffer: Buffer, at: number): number {
  return writeShortstr(buffer, at, '')
}

function writeChannelOpenOk(buffer: Buffer, at: number): number {
  return writeLongstr(buffer, at, noBytes)
}

function writeChannelFlow(buffer: Buffer, at: number, method: ChannelFlow): number {
  return writeOctet(buffer, at, method.active ? 1 : 0)
}

function writeChannelFlowOk(buffer: Buffer, at: number, method: ChannelFlowOk): number {
  return writeOctet(buffer, at, method.active ? 1 : 0)
}

function writeChannelClose(buffer: Buffer, start: number, method: ChannelClose): number {
  let at = start
  at = writeShort(buffer, at, method.replyCode)
  at = writeShortstr(buffer, at, method.replyText)
  at = writeShort(buffer, at, method.classId)
  return writeShort(buffer, at, method.methodId)
}

function writeAccessRequest(buffer: Buffer, start: number, method: AccessRequest): number {
  let at = start
  at = writeShortstr(buffer, at, method.realm)
  return writeOctet(
    buffer,
    at,
    (method.exclusive ? 1 : 0) |
      (method.passive ? 2 : 0) |
      (method.active ? 4 : 0) |
      (method.write ? 8 : 0) |
      (method.read ? 16 : 0),
  )
}

function writeAccessRequestOk(buffer: Buffer, at: number, method: AccessRequestOk): number {
  return writeShort(buffer, at, method.ticket)
}

function writeExchangeDeclare(buffer: Buffer, start: number, method: ExchangeDeclare): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.exchange)
  at = writeShortstr(buffer, at, method.type)
  at = writeOctet(
    buffer,
    at,
    (method.passive ? 1 : 0) |
      (method.durable ? 2 : 0) |
      (method.autoDelete ? 4 : 0) |
      (method.internal ? 8 : 0) |
      (method.noWait ? 16 : 0),
  )
  return writePrefixedTable(buffer, at, method.arguments)
}

function writeExchangeDelete(buffer: Buffer, start: number, method: ExchangeDelete): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.exchange)
  return writeOctet(buffer, at, (method.ifUnused ? 1 : 0) | (method.noWait ? 2 : 0))
}

function writeExchangeBind(buffer: Buffer, start: number, method: ExchangeBind): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.destination)
  at = writeShortstr(buffer, at, method.source)
  at = writeShortstr(buffer, at, method.routingKey)
  at = writeOctet(buffer, at, method.noWait ? 1 : 0)
  return writePrefixedTable(buffer, at, method.arguments)
}

function writeExchangeUnbind(buffer: Buffer, start: number, method: ExchangeUnbind): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.destination)
  at = writeShortstr(buffer, at, method.source)
  at = writeShortstr(buffer, at, method.routingKey)
  at = writeOctet(buffer, at, method.noWait ? 1 : 0)
  return writePrefixedTable(buffer, at, method.arguments)
}

function writeQueueDeclare(buffer: Buffer, start: number, method: QueueDeclare): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.queue)
  at = writeOctet(
    buffer,
    at,
    (method.passive ? 1 : 0) |
      (method.durable ? 2 : 0) |
      (method.exclusive ? 4 : 0) |
      (method.autoDelete ? 8 : 0) |
      (method.noWait ? 16 : 0),
  )
  return writePrefixedTable(buffer, at, method.arguments)
}

function writeQueueDeclareOk(buffer: Buffer, start: number, method: QueueDeclareOk): number {
  let at = start
  at = writeShortstr(buffer, at, method.queue)
  at = writeLong(buffer, at, method.messageCount)
  return writeLong(buffer, at, method.consumerCount)
}

function writeQueueBind(buffer: Buffer, start: number, method: QueueBind): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.queue)
  at = writeShortstr(buffer, at, method.exchange)
  at = writeShortstr(buffer, at, method.routingKey)
  at = writeOctet(buffer, at, method.noWait ? 1 : 0)
  return writePrefixedTable(buffer, at, method.arguments)
}

function writeQueuePurge(buffer: Buffer, start: number, method: QueuePurge): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.queue)
  return writeOctet(buffer, at, method.noWait ? 1 : 0)
}

function writeQueuePurgeOk(buffer: Buffer, at: number, method: QueuePurgeOk): number {
  return writeLong(buffer, at, method.messageCount)
}

function writeQueueDelete(buffer: Buffer, start: number, method: QueueDelete): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.queue)
  return writeOctet(buffer, at, (method.ifUnused ? 1 : 0) | (method.ifEmpty ? 2 : 0) | (method.noWait ? 4 : 0))
}

function writeQueueDeleteOk(buffer: Buffer, at: number, method: QueueDeleteOk): number {
  return writeLong(buffer, at, method.messageCount)
}

function writeQueueUnbind(buffer: Buffer, start: number, method: QueueUnbind): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.queue)
  at = writeShortstr(buffer, at, method.exchange)
  at = writeShortstr(buffer, at, method.routingKey)
  return writePrefixedTable(buffer, at, method.arguments)
}

function writeBasicQos(buffer: Buffer, start: number, method: BasicQos): number {
  let at = start
  at = writeLong(buffer, at, method.prefetchSize)
  at = writeShort(buffer, at, method.prefetchCount)
  return writeOctet(buffer, at, method.global ? 1 : 0)
}

function writeBasicConsume(buffer: Buffer, start: number, method: BasicConsume): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.queue)
  at = writeShortstr(buffer, at, method.consumerTag)
  at = writeOctet(
    buffer,
    at,
    (method.noLocal ? 1 : 0) | (method.noAck ? 2 : 0) | (method.exclusive ? 4 : 0) | (method.noWait ? 8 : 0),
  )
  return writePrefixedTable(buffer, at, method.arguments)
}

function writeBasicConsumeOk(buffer: Buffer, at: number, method: BasicConsumeOk): number {
  return writeShortstr(buffer, at, method.consumerTag)
}

function writeBasicCancel(buffer: Buffer, start: number, method: BasicCancel): number {
  let at = start
  at = writeShortstr(buffer, at, method.consumerTag)
  return writeOctet(buffer, at, method.noWait ? 1 : 0)
}

function writeBasicCancelOk(buffer: Buffer, at: number, method: BasicCancelOk): number {
  return writeShortstr(buffer, at, method.consumerTag)
}

function writeBasicPublish(buffer: Buffer, start: number, method: BasicPublish): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.exchange)
  at = writeShortstr(buffer, at, method.routingKey)
  return writeOctet(buffer, at, (method.mandatory ? 1 : 0) | (method.immediate ? 2 : 0))
}

function writeBasicReturn(buffer: Buffer, start: number, method: BasicReturn): number {
  let at = start
  at = writeShort(buffer, at, method.replyCode)
  at = writeShortstr(buffer, at, method.replyText)
  at = writeShortstr(buffer, at, method.exchange)
  return writeShortstr(buffer, at, method.routingKey)
}

function writeBasicDeliver(buffer: Buffer, start: number, method: BasicDeliver): number {
  let at = start
  at = writeShortstr(buffer, at, method.consumerTag)
  at = writeLonglong(buffer, at, method.deliveryTag)
  at = writeOctet(buffer, at, method.redelivered ? 1 : 0)
  at = writeShortstr(buffer, at, method.exchange)
  return writeShortstr(buffer, at, method.routingKey)
}

function writeBasicGet(buffer: Buffer, start: number, method: BasicGet): number {
  let at = start
  at = writeShort(buffer, at, 0)
  at = writeShortstr(buffer, at, method.queue)
  return writeOctet(buffer, at, method.noAck ? 1 : 0)
}

function writeBasicGetOk(buffer: Buffer, start: number, method: BasicGetOk): number {
  let at = start
  at = writeLonglong(buffer, at, method.deliveryTag)
  at = writeOctet(buffer, at, method.redelivered ? 1 : 0)
  at = writeShortstr(buffer, at, method.exchange)
  at = writeShortstr(buffer, at, method.routingKey)
  return writeLong(buffer, at, method.messageCount)
}

function writeBasicGetEmpty(buffer: Buffer, at: number): number {
  return writeShortstr(buffer, at, '')
}

function writeBasicAck(buffer: Buffer, start: number, method: BasicAck): number {
  let at = start
  at = writeLonglong(buffer, at, method.deliveryTag)
  return writeOctet(buffer, at, method.multiple ? 1 : 0)
}

function writeBasicReject(buffer: Buffer, start: number, method: BasicReject): number {
  let at = start
  at = writeLonglong(buffer, at, method.deliveryTag)
  return writeOctet(buffer, at, method.requeue ? 1 : 0)
}

function writeBasicRecoverAsync(buffer: Buffer, at: number, method: BasicRecoverAsync): number {
  return writeOctet(buffer, at, method.requeue ? 1 : 0)
}

function writeBasicRecover(buffer: Buffer, at: number, method: BasicRecover): number {
  return writeOctet(buffer, at, method.requeue ? 1 : 0)
}

function writeBasicNack(buffer: Buffer, start: number, method: BasicNack): number {
  let at = start
  at = writeLonglong(buffer, at, method.deliveryTag)
  return writeOctet(buffer, at, (method.multiple ? 1 : 0) | (method.requeue ? 2 : 0))
}

function writeConfirmSelect(buffer: Buffer, at: number, method: ConfirmSelect): number {
  return writeOctet(buffer, at, method.noWait ? 1 : 0)
}
