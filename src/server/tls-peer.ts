import type { TLSSocket } from 'node:tls'
import type { PeerCertificate, TlsSession } from '../plugin.ts'
import { type CertificateNames, readCertificateNames } from './tls-names.ts'
import type { TlsSettings } from './tls-settings.ts'

/** What a finished handshake agreed on; nothing is looked up before it is asked for. */
export class SocketTls implements TlsSession {
  readonly verifiesPeer: boolean
  readonly #socket: TLSSocket
  #certificate: VerifiedCertificate | undefined

  constructor(socket: TLSSocket, verifiesPeer: boolean) {
    this.#socket = socket
    this.verifiesPeer = verifiesPeer
  }

  get version(): string {
    return this.#socket.getProtocol() ?? ''
  }

  get cipher(): string {
    return this.#socket.getCipher()?.name ?? ''
  }

  get certificate(): PeerCertificate | undefined {
    if (this.#certificate !== undefined || !this.verifiesPeer || !this.#socket.authorized) return this.#certificate
    const certificate = this.#socket.getPeerX509Certificate()
    if (certificate === undefined) return undefined
    this.#certificate = new VerifiedCertificate(certificate.raw, {
      validFrom: certificate.validFromDate.getTime(),
      validTo: certificate.validToDate.getTime(),
    })
    return this.#certificate
  }
}

/** A certificate whose names are read when asked for. */
class VerifiedCertificate implements PeerCertificate {
  readonly validFrom: number
  readonly validTo: number
  readonly #der: Buffer
  #read: CertificateNames | undefined

  constructor(der: Buffer, validity: { validFrom: number; validTo: number }) {
    this.#der = der
    this.validFrom = validity.validFrom
    this.validTo = validity.validTo
  }

  get subject(): string {
    return this.#names.subject
  }

  get issuer(): string {
    return this.#names.issuer
  }

  get commonNames(): CertificateNames['commonNames'] {
    return this.#names.commonNames
  }

  get alternativeNames(): CertificateNames['alternativeNames'] {
    return this.#names.alternativeNames
  }

  get #names(): CertificateNames {
    this.#read ??= readCertificateNames(this.#der)
    return this.#read
  }
}

/** Why a peer is not let in after its handshake; undefined when it is. */
export function peerRefusal(socket: TLSSocket, settings: TlsSettings): string | undefined {
  if (!settings.verifiesPeer) return undefined
  if (socket.getPeerX509Certificate() === undefined) {
    return settings.requiresPeer ? 'the client shows no certificate' : undefined
  }
  if (!socket.authorized) return `the certificate of the client is refused: ${socket.authorizationError}`
  const { depth } = settings
  if (depth !== undefined && intermediates(socket) > depth) {
    return `the certificate of the client has more than ${depth} intermediate certificates above it`
  }
  return undefined
}

/** Certificates between the client's and the one of the authority at the top. */
function intermediates(socket: TLSSocket): number {
  let count = 0
  let certificate = socket.getPeerCertificate(true)
  while (certificate.issuerCertificate !== undefined && certificate.issuerCertificate !== certificate) {
    certificate = certificate.issuerCertificate
    count++
  }
  return Math.max(0, count - 1)
}
