import type { Clock } from '../std/clock.ts'
import { Fault } from './fault.ts'

/** How many logins may fail within a minute before further ones are refused unseen; undefined for no limit. */
export interface LoginLimits {
  /** Of one user from one address. */
  readonly perUser: number | undefined
  /** From one address, whoever the user. */
  readonly perAddress: number | undefined
}

const WINDOW_MILLISECONDS = 60_000

/** Failures are remembered of so many addresses and users; the oldest are forgotten first. */
const REMEMBERED_MAX = 10_000

interface Failures {
  count: number
  /** Monotonic milliseconds at which they are forgiven. */
  until: number
}

/**
 * Counts failed logins, so that passwords cannot be tried in numbers. A user is never shut out everywhere, which
 * would hand whoever knows the name a way to do so: only from the addresses that failed.
 */
export class LoginLimit {
  readonly #clock: Clock
  readonly #limits: LoginLimits
  readonly #failures = new Map<string, Failures>()

  constructor(clock: Clock, limits: LoginLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** Throws a Fault, whose text is for the log, when too many logins failed before. */
  check(user: string, address: string): void {
    const source = network(address)
    const { perUser, perAddress } = this.#limits
    if (this.#isOver(pair(user, source), perUser) || this.#isOver(source, perAddress)) {
      throw new Fault('access-refused', `user '${user}' - too many failed logins from ${source} within a minute`)
    }
  }

  failed(user: string, address: string): void {
    const source = network(address)
    this.#count(pair(user, source))
    this.#count(source)
  }

  /** Forgives the user's failures, not those that others had from the same address. */
  succeeded(user: string, address: string): void {
    if (this.#failures.size > 0) this.#failures.delete(pair(user, network(address)))
  }

  /** Addresses and users remembered now. */
  get size(): number {
    return this.#failures.size
  }

  #isOver(key: string, limit: number | undefined): boolean {
    if (limit === undefined) return false
    const failures = this.#failures.get(key)
    return failures !== undefined && failures.count >= limit && this.#clock.monotonic() < failures.until
  }

  #count(key: string): void {
    const now = this.#clock.monotonic()
    const failures = this.#failures.get(key)
    if (failures !== undefined && now < failures.until) {
      failures.count++
      return
    }
    this.#failures.delete(key)
    if (this.#failures.size >= REMEMBERED_MAX) this.#failures.delete(this.#failures.keys().next().value!)
    this.#failures.set(key, { count: 1, until: now + WINDOW_MILLISECONDS })
  }
}

/** Neither an address nor a network has a line break in it. */
function pair(user: string, source: string): string {
  return `${source}\n${user}`
}

/** An IPv4 address, or the /64 of an IPv6 one, which one customer of a provider has for itself. */
function network(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('%', 1)[0]!.split('::')
  const front = head === '' ? [] : head.split(':')
  const back = tail === undefined || tail === '' ? [] : tail.split(':')
  const gap = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array<string>(gap).fill('0'), ...back].slice(0, 4)
  return `${groups.map((group) => group.toLowerCase()).join(':')}::/64`
}
