import type { TLSSocket } from 'node:tls'
import type { PeerCertificate, TlsSession } from '../plugin.ts'
import type { TlsCredentials } from './tls-credentials.ts'
import { type CertificateNames, readCertificateNames } from './tls-names.ts'

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
export function peerRefusal(socket: TLSSocket, credentials: TlsCredentials): string | undefined {
  const { verifiesPeer, requiresPeer, directOnly } = credentials.settings
  if (!verifiesPeer) return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return requiresPeer ? 'the client shows no certificate' : undefined
  if (!socket.authorized) return `the certificate of the client is refused: ${socket.authorizationError}`
  if (directOnly && !credentials.hasIssued(certificate)) {
    return 'the certificate of the client does not come from a trusted authority itself'
  }
  return undefined
}
