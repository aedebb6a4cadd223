import { constants, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext, type SecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls'
import { ExitCode, StartRefusal } from './start-refusal.ts'
import type { TlsIdentity, TlsSettings, TlsVersion } from './tls-settings.ts'

/** TLS settings with what their files hold, all of it checked. */
export interface TlsMaterial {
  /** For clients that ask for no name we know. */
  readonly options: SecureContextOptions
  /** By name in lower case, `*.` in front where it stands for any first label. */
  readonly serverNames: ReadonlyMap<string, SecureContext>
  /** Whose certificates are trusted. */
  readonly authorities: readonly X509Certificate[]
  /** Our own certificates, with the key of the setting that names them. */
  readonly certificates: readonly { readonly setting: string; readonly certificate: X509Certificate }[]
}

/** Every file the settings name. */
export function tlsFilesOf(settings: TlsSettings): string[] {
  const identities = [settings, ...settings.serverNames.values()]
  const files = [
    ...identities.flatMap(({ certificateFile, keyFile }) => [certificateFile, keyFile]),
    settings.authorityFile,
    ...(settings.checksRevocation ? settings.revocationFiles : []),
  ]
  return [...new Set(files.filter((file) => file !== undefined))]
}

/** Reads and checks all that TLS listeners need. Throws a StartRefusal that names setting, file and reason. */
export function readTlsMaterial(settings: TlsSettings): TlsMaterial {
  const authorities = readAuthorities('ssl_options.cacertfile', settings.authorityFile)
  const shared = sharedOptions(settings, authorities)
  const own = readIdentity('ssl_options', settings)
  const options = { ...shared, ...own.options }
  context('ssl_options', options)
  const certificates = [{ setting: 'ssl_options.certfile', certificate: own.certificate }]
  const serverNames = new Map<string, SecureContext>()
  for (const [id, identity] of settings.serverNames) {
    const prefix = `lapine.server_names.${id}`
    if (!/^(\*\.)?[^*]+$/.test(identity.host)) {
      throw refusal(`${prefix}.host`, `'${identity.host}' is not a name such as broker.example.com or *.example.com`)
    }
    const named = readIdentity(prefix, identity)
    certificates.push({ setting: `${prefix}.certfile`, certificate: named.certificate })
    serverNames.set(identity.host.toLowerCase(), context(prefix, { ...shared, ...named.options }))
  }
  return { options, serverNames, authorities, certificates }
}

function sharedOptions(settings: TlsSettings, authorities: readonly X509Certificate[]): SecureContextOptions {
  const { verifiesPeer, requiresPeer, ciphers, checksRevocation, revocationFiles } = settings
  if (requiresPeer && !verifiesPeer) {
    throw refusal('ssl_options.fail_if_no_peer_cert', 'needs ssl_options.verify = verify_peer')
  }
  if (verifiesPeer && authorities.length === 0) {
    throw refusal('ssl_options.verify', 'verify_peer needs ssl_options.cacertfile, which names whom to trust')
  }
  if (checksRevocation && revocationFiles.length === 0) {
    throw refusal('ssl_options.crl_check', 'needs a revocation list, ssl_options.crl_sources.1.path')
  }
  return {
    ...versionsOf(settings.versions),
    ...(authorities.length === 0 ? {} : { ca: authorities.map(String) }),
    ...(checksRevocation ? { crl: revocationFiles.map((file) => readFileOf('ssl_options.crl_sources', file)) } : {}),
    ...(ciphers.length === 0 ? {} : { ciphers: ciphers.join(':') }),
    honorCipherOrder: settings.honorsCipherOrder,
  }
}

const safeVersions: ReadonlyMap<TlsVersion, SecureVersion> = new Map([
  ['tlsv1.2', 'TLSv1.2'],
  ['tlsv1.3', 'TLSv1.3'],
])

function versionsOf(versions: readonly TlsVersion[]): SecureContextOptions {
  const offered = [...safeVersions].filter(([name]) => versions.includes(name)).map(([, version]) => version)
  const [minVersion] = offered
  const maxVersion = offered.at(-1)
  if (minVersion === undefined || maxVersion === undefined) {
    throw refusal('ssl_options.versions', 'names no version that is safe: tlsv1.2 or tlsv1.3')
  }
  return { minVersion, maxVersion, secureOptions: constants.SSL_OP_NO_RENEGOTIATION }
}

/** A certificate and its key, checked against each other. Throws a StartRefusal. */
export function readIdentity(
  prefix: string,
  identity: TlsIdentity,
): { options: SecureContextOptions; certificate: X509Certificate } {
  const { certificateFile, keyFile, password } = identity
  if (certificateFile === undefined) throw refusal(`${prefix}.certfile`, 'has to be set for TLS')
  if (keyFile === undefined) throw refusal(`${prefix}.keyfile`, 'has to be set for TLS')
  const cert = readFileOf(`${prefix}.certfile`, certificateFile)
  const key = readFileOf(`${prefix}.keyfile`, keyFile)
  const certificate = parseCertificate(`${prefix}.certfile`, certificateFile, cert)
  const privateKey = parseKey(`${prefix}.keyfile`, keyFile, key, password)
  if (!certificate.checkPrivateKey(privateKey)) {
    throw refusal(`${prefix}.keyfile`, `${keyFile} is not the key of the certificate in ${certificateFile}`)
  }
  return { options: { cert, key, ...(password === undefined ? {} : { passphrase: password }) }, certificate }
}

/** Certificates in a file; none where no file is named. Throws a StartRefusal. */
export function readAuthorities(setting: string, authorityFile: string | undefined): X509Certificate[] {
  if (authorityFile === undefined) return []
  const pem = readFileOf(setting, authorityFile).toString('latin1')
  const found = pem.match(/-----BEGIN (TRUSTED )?CERTIFICATE-----[\s\S]*?-----END (TRUSTED )?CERTIFICATE-----/g)
  if (found === null) throw refusal(setting, `${authorityFile} holds no certificate in PEM form`)
  return found.map((certificate) => parseCertificate(setting, authorityFile, Buffer.from(certificate)))
}

function parseCertificate(setting: string, file: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw refusal(setting, `${file} holds no certificate that can be read: ${(error as Error).message}`)
  }
}

function parseKey(setting: string, file: string, pem: Buffer, password: string | undefined): KeyObject {
  try {
    return createPrivateKey({ key: pem, ...(password === undefined ? {} : { passphrase: password }) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isLocked = password === undefined && pem.includes('ENCRYPTED')
    if (isLocked) throw refusal(setting, `${file} needs a password`)
    if (code === 'ERR_OSSL_BAD_DECRYPT') throw refusal(setting, `the password does not open ${file}`)
    throw refusal(setting, `${file} holds no private key that can be read: ${message}`)
  }
}

/** Whatever OpenSSL has against the whole: ciphers nobody knows, a key too short. */
function context(prefix: string, options: SecureContextOptions): SecureContext {
  try {
    return createSecureContext(options)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_SSL_NO_CIPHER_MATCH') throw refusal(`${prefix}.ciphers`, 'names no cipher suite that is known')
    throw refusal(prefix, `TLS cannot be set up: ${message}`)
  }
}

/** A file that a setting names. Throws a StartRefusal. */
export function readFileOf(setting: string, file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason =
      code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'this user may not read it' : message
    throw refusal(setting, `cannot read ${file}: ${reason}`)
  }
}

function refusal(setting: string, reason: string): StartRefusal {
  return new StartRefusal(ExitCode.config, `${setting}: ${reason}`)
}
