import type { X509Certificate } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { SecureContext, SecureContextOptions } from 'node:tls'
import type { NodeCertificate } from '../plugin.ts'
import type { Clock, Timer } from '../std/clock.ts'
import type { Logger } from '../std/logger.ts'
import { readTlsMaterial, type TlsMaterial, tlsFilesOf } from './tls-files.ts'
import type { TlsSettings } from './tls-settings.ts'

/** A certificate that ends sooner is worth a line in the log. */
const SOON_MILLISECONDS = 30 * 86_400_000

interface TlsWorld {
  readonly clock: Clock
  readonly logger: Logger
}

/** What TLS listeners show and trust, read again when its files change. */
export class TlsCredentials {
  readonly settings: TlsSettings
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #listeners = new Set<(options: SecureContextOptions) => void>()
  #material: TlsMaterial
  #marks: string
  #timer: Timer | undefined
  #looking = false

  private constructor(settings: TlsSettings, marks: string, world: TlsWorld) {
    this.settings = settings
    this.#clock = world.clock
    this.#logger = world.logger
    this.#marks = marks
    this.#material = readTlsMaterial(settings)
    this.#warn()
    const { reloadSeconds } = settings
    if (reloadSeconds > 0) this.#timer = this.#clock.every(reloadSeconds * 1000, () => void this.reload())
  }

  /** Reads the files, and looks at them now and then until `close`. Throws a StartRefusal when they cannot be used. */
  static async open(settings: TlsSettings, world: TlsWorld): Promise<TlsCredentials> {
    // Looked at first: a change while they are read is then noticed later.
    return new TlsCredentials(settings, await marksOf(settings), world)
  }

  /** For clients that ask for no name we know. */
  get options(): SecureContextOptions {
    return this.#material.options
  }

  /** Our own. */
  get certificates(): readonly NodeCertificate[] {
    return this.#material.certificates.map(({ setting, certificate }) => ({
      setting,
      validTo: certificate.validToDate.getTime(),
    }))
  }

  /** For clients that ask for `name`; undefined where we have nothing special for it. */
  contextFor(name: string): SecureContext | undefined {
    const { serverNames } = this.#material
    if (serverNames.size === 0) return undefined
    const asked = name.toLowerCase()
    const dot = asked.indexOf('.')
    return serverNames.get(asked) ?? (dot < 0 ? undefined : serverNames.get(`*${asked.slice(dot)}`))
  }

  /** Whether a certificate comes from one of the authorities without another in between. */
  hasIssued(certificate: X509Certificate): boolean {
    const { authorities } = this.#material
    return authorities.some(
      (authority) => certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
    )
  }

  /** Calls `listener` whenever the files have changed; answers how to stop. */
  onChange(listener: (options: SecureContextOptions) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Takes the files over if they have changed. What cannot be used is logged, and what was used before stays. */
  async reload(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const marks = await marksOf(this.settings)
      if (marks === this.#marks) return
      // Remembered whatever comes of it: the same fault is told once.
      this.#marks = marks
      this.#material = readTlsMaterial(this.settings)
      for (const listener of this.#listeners) listener(this.#material.options)
      this.#logger.info('the files of TLS have changed: new connections use them')
      this.#warn()
    } catch (error) {
      this.#logger.error(`the files of TLS have changed, and are not used: ${(error as Error).message}`)
    } finally {
      this.#looking = false
    }
  }

  #warn(): void {
    const now = this.#clock.now()
    for (const { setting, certificate } of this.#material.certificates) {
      const end = certificate.validToDate.getTime()
      const date = certificate.validToDate.toISOString()
      if (certificate.validFromDate.getTime() > now) {
        this.#logger.warning(
          `${setting}: the certificate is not valid before ${certificate.validFromDate.toISOString()}`,
        )
      }
      if (end <= now) this.#logger.warning(`${setting}: the certificate has expired on ${date}`)
      else if (end - now < SOON_MILLISECONDS) this.#logger.warning(`${setting}: the certificate expires on ${date}`)
    }
  }
}

/** What changes when a file is written or replaced, also where its folder is a symbolic link that moved on. */
async function marksOf(settings: TlsSettings): Promise<string> {
  const marks = tlsFilesOf(settings).map(async (file) => {
    try {
      const { ino, size, mtimeMs, ctimeMs } = await stat(file)
      return `${ino} ${size} ${mtimeMs} ${ctimeMs}`
    } catch {
      return 'missing'
    }
  })
  return (await Promise.all(marks)).join('\n')
}
