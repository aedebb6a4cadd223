import { HeldFrames } from './held-frames.ts'

/** What operations need of their channel. */
export interface OperationsPort {
  onFrame(type: number, buffer: Buffer, start: number, end: number): void
  /** Frames were held (or, with a negative number, let go) that take so many bytes. */
  onHeld(bytes: number): void
  /** An operation ended, and no other began. */
  onIdle(): void
}

/** The one operation a channel waits for, and the frames that wait meanwhile, so that replies keep their order. */
export class Operations {
  readonly #port: OperationsPort
  #busy = false
  #held: HeldFrames | undefined

  constructor(port: OperationsPort) {
    this.#port = port
  }

  /** Frames have to be held. */
  get busy(): boolean {
    return this.#busy
  }

  /** Waits for `operation`; then one of the two is called, neither of which may throw, and held frames follow. */
  start<T>(operation: Promise<T>, done: (value: T) => void, failed: (error: unknown) => void): void {
    this.#busy = true
    operation.then(
      (value) => {
        this.#busy = false
        done(value)
        this.#release()
      },
      (error: unknown) => {
        this.#busy = false
        failed(error)
        this.#release()
      },
    )
  }

  hold(type: number, buffer: Buffer, start: number, end: number): void {
    this.#held ??= new HeldFrames()
    const before = this.#held.bytes
    this.#held.push(type, buffer, start, end)
    this.#port.onHeld(this.#held.bytes - before)
  }

  /** Handles what was held, until one of the frames starts the next operation. */
  #release(): void {
    const held = this.#held
    if (held !== undefined) {
      const before = held.bytes
      while (!this.#busy) {
        const frame = held.shift()
        if (frame === undefined) break
        this.#port.onFrame(frame.type, frame.payload, 0, frame.payload.length)
      }
      if (held.length === 0) this.#held = undefined
      this.#port.onHeld(held.bytes - before)
    }
    if (!this.#busy) this.#port.onIdle()
  }
}
