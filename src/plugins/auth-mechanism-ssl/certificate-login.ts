import { Fault } from '../../broker/fault.ts'
import type { AlternativeName, PeerCertificate, SocketPeer } from '../../plugin.ts'

/** Which name in a certificate is the user's: `ssl_cert_login_from` and what belongs to it. */
export interface CertificateLogin {
  readonly from: 'distinguished_name' | 'common_name' | 'subject_alternative_name'
  /** Of an alternative name. */
  readonly type: AlternativeName['type']
  /** Which of that type, counted from 0. */
  readonly index: number
}

/**
 * The user a TLS client has proved to be. Throws a Fault('access-refused') whose text, RabbitMQ's, is for the log. Also
 * for heads that take a certificate for a login by themselves (`mqtt.ssl_cert_login`).
 */
export function certificateUser(peer: SocketPeer, login: CertificateLogin): string {
  if (peer.tls === undefined) throw new Fault('access-refused', 'not a TLS-enabled connection')
  // A certificate that nobody verified proves nothing.
  if (!peer.tls.verifiesPeer) throw new Fault('access-refused', 'TLS configuration is unsafe')
  const { certificate } = peer.tls
  if (certificate === undefined) {
    throw new Fault('access-refused', 'connection peer presented no TLS (x.509) certificate')
  }
  const name = nameIn(certificate, login)
  if (name === undefined || name === '') throw new Fault('access-refused', 'no name found')
  return name
}

function nameIn(certificate: PeerCertificate, { from, type, index }: CertificateLogin): string | undefined {
  switch (from) {
    case 'distinguished_name':
      return certificate.subject
    case 'common_name':
      return certificate.commonNames.join(',')
    case 'subject_alternative_name':
      return certificate.alternativeNames.filter((name) => name.type === type)[index]?.value
    default:
      return from satisfies never
  }
}
