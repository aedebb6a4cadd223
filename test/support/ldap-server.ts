import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { type DerElement, derAt, derContent, derElements } from '../../src/server/tls-der.ts'
import type { Identity } from './certificates.ts'
import { der, integer, octets, sequence, set } from './der.ts'

/** An entry: its name, and its attributes, of which `password` is what it binds with. */
export interface LdapEntry {
  readonly dn: string
  readonly attributes: Readonly<Record<string, readonly string[]>>
}

const ResultCode = { success: 0, noSuchObject: 32, invalidCredentials: 49, insufficientAccess: 50 } as const

const START_TLS = '1.3.6.1.4.1.1466.20037'

/** A small LDAP directory (RFC 4511): bind, search by equality and presence, StartTLS. */
export class FakeDirectory {
  entries: readonly LdapEntry[]
  /** Names that were bound with, in order; `''` for nobody. */
  readonly binds: string[] = []
  /** Names searches began at. */
  readonly searches: string[] = []
  /** Nobody but these may search. */
  readers: readonly string[] | undefined
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #identity: Identity | undefined

  private constructor(entries: readonly LdapEntry[], identity: Identity | undefined, isSecure: boolean) {
    this.entries = entries
    this.#identity = identity
    this.#server = createServer((socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      new LdapConnection(this).serve(isSecure ? this.secured(socket) : socket)
    })
  }

  static async start(entries: readonly LdapEntry[], identity?: Identity, isSecure = false): Promise<FakeDirectory> {
    const directory = new FakeDirectory(entries, identity, isSecure)
    await new Promise<void>((resolve) => {
      directory.#server.listen(0, '127.0.0.1', resolve)
    })
    return directory
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  find(dn: string): LdapEntry | undefined {
    return this.entries.find((entry) => entry.dn.toLowerCase() === dn.toLowerCase())
  }

  secured(socket: Socket): TLSSocket {
    const secure = new TLSSocket(socket, { isServer: true, ...this.#identity })
    secure.on('error', () => {})
    return secure
  }

  stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
    })
  }
}

class LdapConnection {
  readonly #directory: FakeDirectory
  #received = Buffer.alloc(0)
  #stream: Socket | undefined
  #boundAs = ''

  constructor(directory: FakeDirectory) {
    this.#directory = directory
  }

  serve(stream: Socket): void {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      for (let message = this.#cut(); message !== undefined; message = this.#cut()) this.#onMessage(message)
    })
  }

  #cut(): DerElement | undefined {
    try {
      const message = derAt(this.#received, 0, this.#received.length)
      this.#received = this.#received.subarray(message.end)
      return message
    } catch {
      return undefined
    }
  }

  #onMessage(message: DerElement): void {
    const [id, operation] = derElements(message) as [DerElement, DerElement]
    const answer = (...operations: Buffer[]): void => {
      for (const content of operations) this.#stream?.write(sequence(integer(derContent(id)), content))
    }
    switch (operation.tag) {
      case 0x60:
        return answer(this.#bind(operation))
      case 0x63:
        return answer(...this.#search(operation))
      case 0x77:
        return this.#extended(operation, answer)
      default:
        // Unbind, and what is not needed here.
        this.#stream?.end()
    }
  }

  #bind(operation: DerElement): Buffer {
    const [, name, password] = derElements(operation) as [DerElement, DerElement, DerElement]
    const dn = derContent(name).toString()
    const entry = this.#directory.find(dn)
    this.#directory.binds.push(dn)
    const isRight = dn === '' || entry?.attributes.password?.[0] === derContent(password).toString()
    this.#boundAs = isRight ? dn : ''
    return result(0x61, isRight ? ResultCode.success : ResultCode.invalidCredentials)
  }

  #search(operation: DerElement): Buffer[] {
    const [base, scope, , , , , filter] = derElements(operation) as DerElement[]
    const dn = derContent(base!).toString()
    const { readers } = this.#directory
    this.#directory.searches.push(dn)
    if (readers !== undefined && !readers.includes(this.#boundAs)) return [result(0x65, ResultCode.insufficientAccess)]
    const isBase = derContent(scope!)[0] === 0
    if (isBase && this.#directory.find(dn) === undefined) return [result(0x65, ResultCode.noSuchObject)]
    const found = this.#directory.entries.filter(
      (entry) =>
        (isBase ? entry.dn.toLowerCase() === dn.toLowerCase() : entry.dn.toLowerCase().endsWith(dn.toLowerCase())) &&
        matches(entry, filter!),
    )
    return [...found.map(entryMessage), result(0x65, ResultCode.success)]
  }

  #extended(operation: DerElement, answer: (...operations: Buffer[]) => void): void {
    const [name] = derElements(operation)
    if (name === undefined || derContent(name).toString() !== START_TLS) {
      answer(result(0x78, 2))
      return
    }
    answer(result(0x78, ResultCode.success))
    const plain = this.#stream!
    plain.removeAllListeners('data')
    this.serve(this.#directory.secured(plain))
  }
}

/** Equality (`[3]`) and presence (`[7]`). */
function matches(entry: LdapEntry, filter: DerElement): boolean {
  if (filter.tag === 0x87) return true
  const [attribute, value] = derElements(filter).map((part) => derContent(part).toString())
  const values = Object.entries(entry.attributes).find(([name]) => name.toLowerCase() === attribute?.toLowerCase())?.[1]
  return values?.some((one) => one.toLowerCase() === value?.toLowerCase()) ?? false
}

function entryMessage({ dn, attributes }: LdapEntry): Buffer {
  const shown = Object.entries(attributes).filter(([name]) => name !== 'password')
  const list = shown.map(([name, values]) =>
    sequence(octets(Buffer.from(name)), set(...values.map((value) => octets(Buffer.from(value))))),
  )
  return der(0x64, octets(Buffer.from(dn)), sequence(...list))
}

function result(tag: number, code: number): Buffer {
  return der(tag, der(0x0a, Buffer.from([code])), octets(Buffer.alloc(0)), octets(Buffer.alloc(0)))
}
