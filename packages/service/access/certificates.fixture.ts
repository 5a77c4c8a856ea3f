/**
 * Certificates for tests, made by node:crypto alone: X.509 v3 with a key on P-256, written in DER.
 *
 *   source  RFC 5280, 4.1; RFC 5480; X.690
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

export interface Issued {
  readonly cert: string
  readonly key: string
}

export interface Authority extends Issued {
  /** By default of localhost and 127.0.0.1, as a server or a client of that name, for a day. */
  issue(commonName: string, how?: { readonly validMs?: number; readonly certified?: readonly string[] }): Issued
}

const tlv = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const { length } = body
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...head]), body])
}
const sequence = (...parts: readonly Uint8Array[]) => tlv(0x30, ...parts)
const oid = (hex: string) => tlv(0x06, Buffer.from(hex, 'hex'))
const yes = tlv(0x01, Buffer.from([255]))
const integer = (bytes: Uint8Array) => tlv(0x02, bytes)
const bits = (bytes: Uint8Array) => tlv(0x03, Buffer.from([0]), bytes)
const octets = (bytes: Uint8Array) => tlv(0x04, bytes)

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))
const name = (commonName: string) => sequence(tlv(0x31, sequence(oid('550403'), tlv(0x0c, Buffer.from(commonName)))))
const time = (ms: number) =>
  tlv(0x18, Buffer.from(`${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`))

const AUTHORITY = [
  sequence(oid('551d13'), yes, octets(sequence(yes))), // basicConstraints: it is an authority
  sequence(oid('551d0f'), yes, octets(tlv(0x03, Buffer.from([2, 0x04])))), // keyUsage: keyCertSign
]
const ofNames = (certified: readonly string[]) =>
  sequence(
    oid('551d11'), // subjectAltName
    octets(sequence(...certified.map(nameOrNumber))),
  )
const nameOrNumber = (text: string) =>
  isIP(text) === 4 ? tlv(0x87, Buffer.from(text.split('.').map(Number))) : tlv(0x82, Buffer.from(text))

const DAY_MS = 86_400_000

interface Wanted {
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly signer: KeyObject
  readonly extensions: readonly Buffer[]
  readonly validMs: number
}

function certificate({ subject, issuer, publicKey, signer, extensions, validMs }: Wanted): string {
  const serial = randomBytes(8)
  serial[0] = (serial[0]! & 0x7f) | 0x40
  const body = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    name(issuer),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + validMs)),
    name(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)),
  )
  const der = sequence(body, ECDSA_SHA256, bits(sign('sha256', body, signer)))
  // No line may be empty.
  const lines = der
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`
}

const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString()

export function authority(issuer: string): Authority {
  const { publicKey, privateKey } = keyPair()
  const own = { subject: issuer, issuer, publicKey, signer: privateKey, extensions: AUTHORITY, validMs: DAY_MS }
  return {
    cert: certificate(own),
    key: pem(privateKey),
    issue(subject, { validMs = DAY_MS, certified = ['localhost', '127.0.0.1'] } = {}) {
      const leaf = keyPair()
      const extensions = certified.length === 0 ? [] : [ofNames(certified)]
      const wanted = { subject, issuer, publicKey: leaf.publicKey, signer: privateKey, validMs, extensions }
      return { cert: certificate(wanted), key: pem(leaf.privateKey) }
    },
  }
}
