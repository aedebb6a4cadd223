import type { Table } from '../std/table.ts'
/** contract; implementation follows */
export interface Properties {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly headers?: Table
  readonly deliveryMode?: number
  readonly priority?: number
  readonly correlationId?: string
  readonly replyTo?: string
  readonly expiration?: string
  readonly messageId?: string
  readonly timestamp?: bigint
  readonly type?: string
  readonly userId?: string
  readonly appId?: string
  readonly clusterId?: string
}
