import { Heartbeat } from './heartbeat.ts'
import { type Input, Pause } from './input.ts'
import type { Output } from './output.ts'

/** What the time that has passed makes of a connection. */
export type LivenessDue = 'nothing' | 'beat' | 'expired' | 'deadline'

/** Whether a connection is still alive: its heartbeat, and until when something has to have happened. */
export class Liveness {
  /** Monotonic milliseconds after which the connection is ended; 0 for never. */
  deadline: number
  #heartbeat: Heartbeat | undefined

  constructor(deadline: number) {
    this.deadline = deadline
  }

  /** Seconds between signs of life that were agreed on; 0 for none. */
  get heartbeatSeconds(): number {
    return this.#heartbeat?.seconds ?? 0
  }

  /** Starts a heartbeat of so many seconds, 0 for none. */
  beatEvery(seconds: number, now: number): void {
    this.#heartbeat = seconds > 0 ? new Heartbeat(seconds, now) : undefined
  }

  /** Called about every second. */
  due(now: number, input: Input, output: Output): LivenessDue {
    if (this.deadline !== 0 && now >= this.deadline) {
      this.deadline = 0
      return 'deadline'
    }
    const heartbeat = this.#heartbeat
    if (heartbeat === undefined) return 'nothing'
    let received = input.bytesReceived
    // While nothing is read, its beats are not heard: what it takes from us tells that it is there.
    if (input.isPausedFor(Pause.output)) received += output.writesDone
    else if (input.paused) heartbeat.restart(now)
    const due = heartbeat.due(now, output.bytesWritten, received)
    return due === 'send' ? 'beat' : due
  }
}
