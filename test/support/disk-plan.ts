/** Kinds of calls, for faults and for counting. */
export type DiskCall =
  | 'open'
  | 'read'
  | 'write'
  | 'sync'
  | 'truncate'
  | 'size'
  | 'close'
  | 'list'
  | 'directory'
  | 'rename'
  | 'remove'
  | 'sync directory'
  | 'space'

/** Where the power is cut, or a call fails. */
export interface DiskPlan {
  /** The power goes during the n-th call that changes the disk (from 1); no call ever returns after it. */
  readonly cutAt?: number
  /** The n-th call (from 1), of all or of some kinds, fails with this code. */
  readonly failAt?: { readonly call: number; readonly code: string; readonly among?: readonly DiskCall[] }
  /** Bytes of a file on which every read fails. */
  readonly unreadable?: { readonly path: string; readonly from: number; readonly to: number }
  /** Bytes all files may take together. */
  readonly capacity?: number
  /** A write takes space although it overwrites something, as in a copy-on-write file system. */
  readonly copiesOnWrite?: boolean
  /** Others see a write page by page, as in a kernel. */
  readonly pagewise?: boolean
  /** Told of every call, with its number, while its maker waits. */
  readonly onCall?: (number: number) => void
  /** Awaited in the middle of every call: how long it takes. Calls complete in microtasks without it. */
  readonly pace?: (call: DiskCall, path: string) => Promise<void>
}

/** Calls that change the disk. */
const changing: ReadonlySet<DiskCall> = new Set<DiskCall>([
  'write',
  'sync',
  'truncate',
  'directory',
  'rename',
  'remove',
  'sync directory',
])

/** A failed call, as the operating system reports it. */
export function diskError(code: string, call: string): Error {
  return Object.assign(new Error(`${code}: ${call} (injected)`), { code })
}

/** The calls one process makes to a disk: counted, and cut short or failed where the plan says so. */
export class DiskCalls {
  plan: DiskPlan
  /** Calls made, those among them that change the disk, and those that could have failed. */
  calls = 0
  changes = 0
  #failable = 0
  /** The name of the call that failed. */
  failed: DiskCall | undefined
  /** Resolves when the power is cut. */
  readonly cut: Promise<void>
  #onCut: (() => void) | undefined
  #isCut = false

  constructor(plan: DiskPlan) {
    this.plan = plan
    this.cut = new Promise((resolve) => {
      this.#onCut = resolve
    })
  }

  /** No call is answered any more. */
  get isCut(): boolean {
    return this.#isCut
  }

  /** Follows another plan from the next call on. */
  follow(plan: DiskPlan): void {
    this.plan = plan
    this.calls = 0
    this.changes = 0
    this.#failable = 0
  }

  /** No call is answered from now on. */
  halt(): void {
    this.#isCut = true
    this.#onCut?.()
  }

  /** Makes a call: `change` happens at its begin, `onFailure` instead of it when the plan fails it. */
  async make(call: DiskCall, path: string, change?: () => void, onFailure?: () => void): Promise<void> {
    if (this.#isCut) await new Promise<never>(() => {})
    this.calls += 1
    this.plan.onCall?.(this.calls)
    const { failAt } = this.plan
    if (failAt?.among?.includes(call) ?? true) this.#failable += 1
    if (this.#failable === failAt?.call && this.failed === undefined) {
      this.failed = call
      onFailure?.()
      await this.#pace(call, path)
      throw diskError(failAt.code, call)
    }
    change?.()
    if (changing.has(call)) {
      this.changes += 1
      if (this.changes === this.plan.cutAt) this.halt()
    }
    await this.#pace(call, path)
    // Whoever was waiting when the power went gets no answer.
    if (this.#isCut) await new Promise<never>(() => {})
  }

  #pace(call: DiskCall, path: string): Promise<void> {
    return this.plan.pace?.(call, path) ?? Promise.resolve()
  }
}
