import type { Alarm } from '../../broker/alarm.ts'
import type { Method } from '../../wire/amqp091/methods.gen.ts'
import type { DurableWaiter, Head } from './head.ts'
import { type Input, Pause } from './input.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Output } from './output.ts'

/** Bytes that frames for busy channels may take before nothing more is read. */
const HELD_BYTES_MAX = 256 * 1024

/** Bytes that may wait for the disk before publishers do. */
const UNWRITTEN_BYTES_MAX = 32 * 1024 * 1024

/** What the flow needs of its connection. */
export interface FlowPort {
  readonly head: Head
  readonly input: Input
  readonly output: Output
  readonly life: Lifecycle
  send(method: Method): void
}

/**
 * Holds a client up that publishes during an alarm or faster than the disk writes, asks for more than can be carried
 * out, or does not read.
 */
export class Flow implements DurableWaiter {
  /** The client wants to be told when an alarm holds it up. */
  takesBlocked = false
  /** It has published. */
  publishes = false
  readonly #port: FlowPort
  #heldBytes = 0
  #blockedTold = false

  constructor(port: FlowPort) {
    this.#port = port
  }

  /** The client was told that it is held up. */
  get blocked(): boolean {
    return this.#blockedTold
  }

  /** Frames were held (or, with a negative number, let go) that take so many bytes. */
  onHeld(bytes: number): void {
    this.#heldBytes += bytes
    if (this.#port.life.state !== 'running') return
    if (this.#heldBytes > HELD_BYTES_MAX) this.#port.input.pause(Pause.held)
    else this.#resume(Pause.held)
  }

  /** What a turn wrote has been handed on. */
  onFlushed(): void {
    if (this.#port.output.overfull) this.#port.input.pause(Pause.output)
  }

  /** The system took something of the output. */
  onDrain(): void {
    const { input, output } = this.#port
    if (input.isPausedFor(Pause.output) && !output.overfull) this.#resume(Pause.output)
  }

  /** A chunk of input has been handled. */
  onHandled(): void {
    if (!this.publishes || this.#port.head.broker.pendingBytes <= UNWRITTEN_BYTES_MAX) return
    if (this.#port.input.isPausedFor(Pause.disk)) return
    this.#port.input.pause(Pause.disk)
    this.#port.head.awaitDurable(this)
  }

  /** More is on disk. */
  onDurable(): void {
    if (this.#port.head.broker.pendingBytes > UNWRITTEN_BYTES_MAX) this.#port.head.awaitDurable(this)
    else this.#resume(Pause.disk)
  }

  /** Content came in during an alarm, which is when publishers are held up. */
  onPublished(): void {
    if (this.#port.life.state !== 'running') return
    this.#port.input.pause(Pause.alarm)
    if (!this.takesBlocked || this.#blockedTold) return
    this.#blockedTold = true
    this.#port.send({ name: 'connection.blocked', reason: alarmReason(this.#port.head.broker.alarms) })
  }

  /** The broker has no alarm any more. */
  onAlarmOver(): void {
    if (this.#blockedTold) this.#port.send({ name: 'connection.unblocked' })
    this.#blockedTold = false
    this.#resume(Pause.alarm)
  }

  /** What was kept meanwhile is handled at once, and may be at fault. */
  #resume(reason: Pause): void {
    try {
      this.#port.input.resume(reason)
    } catch (error) {
      this.#port.life.onLostInput(error)
    }
  }
}

/** `low on memory & disk`. */
function alarmReason(alarms: readonly Alarm[]): string {
  return `low on ${alarms.map((alarm) => alarm.replace(/^low on /, '')).join(' & ')}`
}
