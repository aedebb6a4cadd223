import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bits, der, integer, octets, oid, sequence, set, time, utf8, yes } from './der.ts'

/** A certificate and its key, PEM. */
export interface Identity {
  readonly cert: string
  readonly key: string
}

export interface CertificateRequest {
  /** Names outermost first; each is one or, joined by `+`, several attributes. Or just a common name. */
  readonly subject?: string | readonly (readonly Attribute[])[]
  readonly names?: readonly AlternativeName[]
  /** What the certificate is for; both when absent. */
  readonly usage?: 'client' | 'server'
  readonly validFrom?: Date
  readonly validTo?: Date
}

/** Type and value: `['CN', 'ann']`. A value of another type of text comes as its DER. */
export type Attribute = readonly [type: keyof typeof attributeTypes | string, value: string | Buffer]
export type AlternativeName = readonly [type: 'dns' | 'email' | 'uri' | 'ip' | 'other_name', value: string]

const attributeTypes = {
  CN: '2.5.4.3',
  C: '2.5.4.6',
  O: '2.5.4.10',
  OU: '2.5.4.11',
  DC: '0.9.2342.19200300.100.1.25',
  UID: '0.9.2342.19200300.100.1.1',
} as const

const usages = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const

const ecdsaWithSha256 = sequence(oid('1.2.840.10045.4.3.2'))
const day = 86_400_000

/** An authority that issues certificates for tests, and revokes them. */
export class TestAuthority {
  readonly cert: string
  readonly #name: Buffer
  readonly #key: KeyObject
  readonly #revoked: Buffer[] = []

  /** A root, or an authority under another. */
  constructor(commonName = 'Test Authority', issuer?: TestAuthority) {
    const { privateKey, publicKey } = newKeys()
    this.#key = privateKey
    this.#name = name(commonName)
    const extensions = [
      sequence(oid('2.5.29.19'), yes, octets(sequence(yes))),
      sequence(oid('2.5.29.15'), yes, octets(bits(Buffer.from([0x06]), 1))),
    ]
    this.cert = certificate(issuer ?? this, { subject: this.#name, publicKey, extensions, request: {} }).pem
  }

  issue(request: CertificateRequest = {}): Identity & { readonly serial: Buffer } {
    const { privateKey, publicKey } = newKeys()
    const { names = [], usage } = request
    const extensions = [
      sequence(
        oid('2.5.29.37'),
        octets(sequence(...(usage ? [usage] : (['server', 'client'] as const)).map((use) => oid(usages[use])))),
      ),
      ...(names.length === 0 ? [] : [sequence(oid('2.5.29.17'), octets(sequence(...names.map(alternativeName))))]),
    ]
    const { pem, serial } = certificate(this, {
      subject: name(request.subject ?? 'localhost'),
      publicKey,
      extensions,
      request,
    })
    return { cert: pem, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, serial }
  }

  revoke({ serial }: { serial: Buffer }): void {
    this.#revoked.push(serial)
  }

  /** The revocation list, PEM. */
  revocations(): string {
    const now = new Date()
    const list = sequence(
      integer(Buffer.from([1])),
      ecdsaWithSha256,
      this.#name,
      time(new Date(now.getTime() - day)),
      time(new Date(now.getTime() + day)),
      ...(this.#revoked.length === 0
        ? []
        : [sequence(...this.#revoked.map((serial) => sequence(integer(serial), time(now))))]),
    )
    return pemOf('X509 CRL', this.signed(list))
  }

  get name(): Buffer {
    return this.#name
  }

  /** What is to be signed, with its signature. */
  signed(content: Buffer): Buffer {
    return sequence(content, ecdsaWithSha256, bits(sign('sha256', content, this.#key)))
  }
}

/** A folder of files that goes with the test, and writes what it is given. */
export class TestFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'lapine-files-'))

  write(name: string, content: string): string {
    const path = join(this.path, name)
    writeFileSync(path, content)
    return path
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

function newKeys(): { privateKey: KeyObject; publicKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' })
}

function certificate(
  issuer: TestAuthority,
  content: { subject: Buffer; publicKey: KeyObject; extensions: readonly Buffer[]; request: CertificateRequest },
): { pem: string; serial: Buffer } {
  const { subject, publicKey, extensions, request } = content
  const serial = Buffer.concat([Buffer.from([0x11]), randomBytes(8)])
  const now = Date.now()
  const validity = sequence(
    time(request.validFrom ?? new Date(now - day)),
    time(request.validTo ?? new Date(now + 3650 * day)),
  )
  const version3 = der(0xa0, integer(Buffer.from([2])))
  const key = publicKey.export({ type: 'spki', format: 'der' })
  const body = sequence(
    version3,
    integer(serial),
    ecdsaWithSha256,
    issuer.name,
    validity,
    subject,
    key,
    der(0xa3, sequence(...extensions)),
  )
  return { pem: pemOf('CERTIFICATE', issuer.signed(body)), serial }
}

function name(subject: string | readonly (readonly Attribute[])[]): Buffer {
  const parts: readonly (readonly Attribute[])[] = typeof subject === 'string' ? [[['CN', subject]]] : subject
  return sequence(...parts.map((attributes) => set(...attributes.map(attribute))))
}

function attribute([type, value]: Attribute): Buffer {
  const number = attributeTypes[type as keyof typeof attributeTypes] ?? type
  return sequence(oid(number), typeof value === 'string' ? utf8(value) : value)
}

const generalNames: Readonly<Record<AlternativeName[0], (value: string) => Buffer>> = {
  email: (value) => der(0x81, Buffer.from(value)),
  dns: (value) => der(0x82, Buffer.from(value)),
  uri: (value) => der(0x86, Buffer.from(value)),
  ip: (value) => der(0x87, Buffer.from(value.split('.').map(Number))),
  other_name: (value) => der(0xa0, oid('1.3.6.1.4.1.311.20.2.3'), der(0xa0, utf8(value))),
}

function alternativeName([type, value]: AlternativeName): Buffer {
  return generalNames[type](value)
}

function pemOf(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
