import fc from 'fast-check'
import type { Method } from '../../src/wire/amqp091/methods.gen.ts'
import { type FieldType, type MethodSpec, methodSpecs } from '../../src/wire/amqp091/spec.ts'
import { shortText, tables } from './table-values.ts'

const fieldValues: Readonly<Record<FieldType, fc.Arbitrary<unknown>>> = {
  bit: fc.boolean(),
  octet: fc.nat(255),
  short: fc.nat(65535),
  long: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  longlong: fc.maxSafeNat(),
  shortstr: shortText,
  longstr: fc.uint8Array({ maxLength: 100 }).map((array) => Buffer.from(array)),
  table: tables,
}

/** Any method of this kind. The table of methods is the authority on its fields, so one cast is due. */
export function methodsOf(spec: MethodSpec): fc.Arbitrary<Method> {
  const fields = spec.fields.filter((field) => !field.reserved)
  const record = Object.fromEntries(fields.map((field) => [field.name, fieldValues[field.type]]))
  return fc.record(record).map((values) => ({ name: spec.name, ...values }) as unknown as Method)
}

/** Any method. */
export const methods: fc.Arbitrary<Method> = fc.oneof(...methodSpecs.map(methodsOf))
