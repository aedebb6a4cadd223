import { Fault } from '../../broker/fault.ts'
import type { ConnectionTuneOk } from '../../wire/amqp091/methods.gen.ts'
import type { Amqp091Settings } from './settings.ts'

/** What client and server agreed on. */
export interface Tuning {
  readonly channelMax: number
  /** 0 for no limit. */
  readonly frameMax: number
  /** 0 for none. */
  readonly heartbeatSeconds: number
}

/** The smallest frame_max of AMQP; RabbitMQ since 4.1 asks for 8192, which clients of old do not offer. */
const FRAME_MAX_MIN = 4096

/** Checks what the client makes of connection.tune; throws what RabbitMQ says when it asks for too much or too little. */
export function negotiate(method: ConnectionTuneOk, settings: Amqp091Settings): Tuning {
  const { channelMax, frameMax, heartbeat } = method
  check('frame_max', frameMax, FRAME_MAX_MIN, settings.frameBytesMax)
  check('channel_max', channelMax, 1, settings.channelsMax)
  return { channelMax, frameMax, heartbeatSeconds: heartbeat }
}

function check(name: string, value: number, min: number, max: number): void {
  const asked = `negotiated ${name} = ${value}`
  if (value !== 0 && value < min) throw tooLow(asked, min)
  if (max === 0) return
  if (value === 0) throw tooHigh(`${asked} (no limit)`, max)
  if (value > max) throw tooHigh(asked, max)
}

function tooLow(asked: string, min: number): Fault {
  return new Fault('not-allowed', `${asked} is lower than the minimum allowed value (${min})`)
}

function tooHigh(asked: string, max: number): Fault {
  return new Fault('not-allowed', `${asked} is higher than the maximum allowed value (${max})`)
}
