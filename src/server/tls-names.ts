import type { AlternativeName } from '../plugin.ts'
import { writeIpv6 } from '../wire/proxy/address.ts'
import { type DerElement, DerTag, derAt, derContent, derElements, derOid, derText } from './tls-der.ts'

/** The names in an X.509 certificate. */
export interface CertificateNames {
  /** RFC 4514, as RabbitMQ writes it: `CN=ann,OU=Sales,O=Example`. */
  readonly subject: string
  readonly issuer: string
  readonly commonNames: readonly string[]
  readonly alternativeNames: readonly AlternativeName[]
}

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
const COMMON_NAME = '2.5.4.3'

/** How RabbitMQ shortens the types of attributes; others are written as dotted numbers. */
const attributeNames: ReadonlyMap<string, string> = new Map([
  [COMMON_NAME, 'CN'],
  ['2.5.4.4', 'SN'],
  ['2.5.4.5', 'SERIALNUMBER'],
  ['2.5.4.6', 'C'],
  ['2.5.4.7', 'L'],
  ['2.5.4.8', 'ST'],
  ['2.5.4.9', 'STREET'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.12', 'TITLE'],
  ['2.5.4.42', 'GIVENNAME'],
  ['2.5.4.43', 'INITIALS'],
  ['2.5.4.44', 'GENERATIONQUALIFIER'],
  ['2.5.4.65', 'PSEUDONYM'],
  ['0.9.2342.19200300.100.1.1', 'UID'],
  ['0.9.2342.19200300.100.1.25', 'DC'],
  ['1.2.840.113549.1.9.1', 'EMAILADDRESS'],
])

interface Attribute {
  readonly type: string
  readonly value: string
}

/**
 * Reads the names of a certificate (RFC 5280, section 4.1) from its bytes: the texts that Node makes of them cannot
 * always be told apart. The certificate has been parsed and verified before; an Error means that it is of another kind.
 */
export function readCertificateNames(der: Buffer): CertificateNames {
  const certificate = derElements(derAt(der, 0, der.length))
  const parts = derElements(certificate[0]!)
  // The version comes first, tagged, in all certificates but those of version 1.
  const offset = parts[0]!.tag === 0xa0 ? 1 : 0
  const issuer = readName(parts[offset + 2]!)
  const subject = readName(parts[offset + 4]!)
  const extensions = parts.find((part) => part.tag === 0xa3)
  return {
    subject: writeName(subject),
    issuer: writeName(issuer),
    commonNames: subject.flat().flatMap(({ type, value }) => (type === COMMON_NAME ? [value] : [])),
    alternativeNames: extensions === undefined ? [] : readAlternativeNames(derElements(extensions)[0]!),
  }
}

function readName(name: DerElement): Attribute[][] {
  return derElements(name).map((set) =>
    derElements(set).map((attribute) => {
      const [type, value] = derElements(attribute) as [DerElement, DerElement]
      return { type: derOid(type), value: derText(value) ?? `#${derContent(value).toString('hex')}` }
    }),
  )
}

/** The last part first, as LDAP has it. */
function writeName(name: readonly (readonly Attribute[])[]): string {
  const parts = name.map((set) =>
    set.map(({ type, value }) => `${attributeNames.get(type) ?? type}=${escapeValue(value)}`),
  )
  return parts
    .map((set) => set.join('+'))
    .reverse()
    .join(',')
}

/** RFC 4514, section 2.4; like RabbitMQ also what is not printable ASCII, byte for byte of its UTF-8. */
function escapeValue(value: string): string {
  const bytes = [...Buffer.from(value, 'utf8')]
  return bytes.map((byte, index) => escapeByte(byte, index === 0, index === bytes.length - 1)).join('')
}

function escapeByte(byte: number, isFirst: boolean, isLast: boolean): string {
  const letter = String.fromCharCode(byte)
  if (byte < 32 || byte >= 126) return `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`
  if ('"+,;<>\\'.includes(letter)) return `\\${letter}`
  if (letter === ' ' && (isFirst || isLast)) return '\\ '
  return letter === '#' && isFirst ? '\\#' : letter
}

function readAlternativeNames(extensions: DerElement): AlternativeName[] {
  for (const extension of derElements(extensions)) {
    const fields = derElements(extension)
    if (derOid(fields[0]!) !== SUBJECT_ALTERNATIVE_NAME) continue
    const value = derContent(fields.find(({ tag }) => tag === DerTag.octetString)!)
    return derElements(derAt(value, 0, value.length)).flatMap(readAlternativeName)
  }
  return []
}

/** GeneralName of RFC 5280, section 4.2.1.6, of the kinds that users are named by. */
function readAlternativeName(name: DerElement): AlternativeName[] {
  const content = derContent(name)
  switch (name.tag) {
    case 0xa0: {
      const value = derElements(derElements(name)[1]!)[0]!
      return [{ type: 'other_name', value: derText(value) ?? derContent(value).toString('utf8') }]
    }
    case 0x81:
      return [{ type: 'email', value: content.toString('latin1') }]
    case 0x82:
      return [{ type: 'dns', value: content.toString('latin1') }]
    case 0x86:
      return [{ type: 'uri', value: content.toString('latin1') }]
    case 0x87:
      return [{ type: 'ip', value: writeIp(content) }]
    default:
      return []
  }
}

function writeIp(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return bytes.toString('hex')
  return writeIpv6(Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2)))
}
