import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** When a new log file is begun, and what becomes of the earlier ones. */
export interface RotationSettings {
  /** Size from which on a new one is begun; 0 for any. */
  readonly bytes: number
  /** Earlier ones that are kept. */
  readonly count: number
  readonly compress: boolean
  /** Undefined: never for the time alone. */
  readonly date: RotationDate | undefined
}

/** A time that comes again and again, in the time of the machine. */
export interface RotationDate {
  /** Minute of every hour, or undefined for once a day at `hour`. */
  readonly minute: number | undefined
  readonly hour: number
  /** 0 for Sunday; undefined for any. */
  readonly weekday: number | undefined
  /** 1 for the first; undefined for any. */
  readonly day: number | undefined
}

/** Milliseconds between two looks whether somebody else has moved the file away. */
const LOOK_MILLISECONDS = 1000

/** Reads `$D0` (midnight), `$D23`, `$W0D23` (Sunday), `$M1D0` (the first of a month), `$H0` (every hour). Throws an Error. */
export function rotationMoment(text: string): RotationDate {
  const parts = /^\$(?:H(?<minute>\d{1,2})|(?:W(?<weekday>[0-6])|M(?<day>\d{1,2}))?D(?<hour>\d{1,2}))$/.exec(
    text,
  )?.groups
  const number = (name: string) => (parts?.[name] === undefined ? undefined : Number(parts[name]))
  const found = { minute: number('minute'), hour: number('hour') ?? 0, weekday: number('weekday'), day: number('day') }
  const { minute = 0, hour, day = 1 } = found
  if (parts === undefined || minute > 59 || hour > 23 || day < 1 || day > 31) {
    throw new Error(`'${text}' is not a time such as $D0, $W0D23, $M1D0 or $H0`)
  }
  return found
}

/** The first such time behind `after`, in milliseconds since the epoch. */
export function nextRotation(date: RotationDate, after: number): number {
  const at = new Date(after)
  if (date.minute !== undefined) {
    at.setMinutes(date.minute, 0, 0)
    if (at.getTime() <= after) at.setHours(at.getHours() + 1)
    return at.getTime()
  }
  at.setHours(date.hour, 0, 0, 0)
  const isMeant = () =>
    (date.weekday === undefined || at.getDay() === date.weekday) &&
    (date.day === undefined || at.getDate() === date.day)
  while (at.getTime() <= after || !isMeant()) at.setDate(at.getDate() + 1)
  return at.getTime()
}

/** A log file that is open: begun anew when it is large, old, or was moved away by somebody else (`logrotate`). */
export class LogFile {
  readonly #path: string
  readonly #rotation: RotationSettings
  readonly #now: () => number
  #fd: number
  #size: number
  #lookAt = 0
  #turnAt: number
  #packing: Promise<void> = Promise.resolve()

  /** Throws as `fs.openSync` does. */
  constructor(path: string, rotation: RotationSettings, now: () => number) {
    this.#path = path
    this.#rotation = rotation
    this.#now = now
    // What was written before counts from when it was written.
    const since = existsSync(path) ? statSync(path).mtimeMs : now()
    this.#fd = openSync(path, 'a', 0o640)
    this.#size = fstatSync(this.#fd).size
    this.#turnAt = this.#nextTurn(since)
  }

  /** What so many bytes are to be written to. It may be another one each time. */
  descriptor(bytes: number): number {
    const now = this.#now()
    const { bytes: max } = this.#rotation
    if (this.#size > 0 && ((max > 0 && this.#size + bytes > max) || now >= this.#turnAt)) this.#turn(now)
    else if (now >= this.#lookAt) this.#look(now)
    this.#size += bytes
    return this.#fd
  }

  /** As it is, for the last words of a process. */
  get current(): number {
    return this.#fd
  }

  async close(): Promise<void> {
    closeSync(this.#fd)
    await this.#packing
  }

  #nextTurn(after: number): number {
    return this.#rotation.date === undefined ? Number.POSITIVE_INFINITY : nextRotation(this.#rotation.date, after)
  }

  /** The files are `NAME`, `NAME.0`, `NAME.1`, …, the older the higher; a full disk or a forbidden folder leave the file as it is. */
  #turn(now: number): void {
    this.#turnAt = this.#nextTurn(now)
    const { count, compress } = this.#rotation
    try {
      if (count === 0) rmSync(this.#path, { force: true })
      else if (compress) this.#pack(count, now)
      else this.#moveAside('', count)
      this.reopen()
    } catch {
      // The next line that is too much tries again.
    }
  }

  #moveAside(ending: string, count: number, from = this.#path): void {
    rmSync(`${this.#path}.${count - 1}${ending}`, { force: true })
    for (let number = count - 2; number >= 0; number--) {
      const older = `${this.#path}.${number}${ending}`
      if (existsSync(older)) renameSync(older, `${this.#path}.${number + 1}${ending}`)
    }
    if (existsSync(from)) renameSync(from, `${this.#path}.0${ending}`)
  }

  /** The file goes aside at once, and is packed one after the other. */
  #pack(count: number, now: number): void {
    const aside = `${this.#path}.${now}`
    const packed = `${aside}.gz`
    renameSync(this.#path, aside)
    this.#packing = this.#packing
      .then(() => pipeline(createReadStream(aside), createGzip(), createWriteStream(packed, { mode: 0o640 })))
      .then(() => {
        this.#moveAside('.gz', count, packed)
        rmSync(aside, { force: true })
      })
      // It stays as it is then.
      .catch(() => rmSync(packed, { force: true }))
  }

  #look(now: number): void {
    this.#lookAt = now + LOOK_MILLISECONDS
    try {
      if (existsSync(this.#path) && statSync(this.#path).ino === fstatSync(this.#fd).ino) return
      this.reopen()
    } catch {
      // Into the file that was moved away, then.
    }
  }

  /** Opens it anew, whatever became of the one before. Throws as `fs.openSync` does. */
  reopen(): void {
    const fresh = openSync(this.#path, 'a', 0o640)
    closeSync(this.#fd)
    this.#fd = fresh
    this.#size = fstatSync(fresh).size
  }
}
