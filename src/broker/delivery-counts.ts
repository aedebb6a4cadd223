import { emptyTable, type Table, type TableValue, tableSet } from '../std/table.ts'
import type { DeliveryMark } from './delivery-marks.ts'
import { type Message, withProperties } from './message.ts'

/** The message as it is handed out again: its headers say how often somebody had it, and how often that failed. */
export function withDeliveryCounts(message: Message, { acquired, failed }: DeliveryMark): Message {
  const headers: Table = message.properties.headers ?? emptyTable
  const counted = tableSet(headers, 'x-delivery-count', long(failed))
  return withProperties(message, { headers: tableSet(counted, 'x-acquired-count', long(acquired)) })
}

function long(value: number): TableValue {
  return { tag: 'l', value: BigInt(value) }
}
