/** Fields by the bytes of their names: their role in a record, or their name in vendor_data, laid out as Avro has it. HOT PATH. */
import { avroText } from '@k2/contracts/records/avrobytes.ts'
import { ROLE, type Role, SHAPES, type ShapeName } from './shapes.ts'

/** Names come from outside: what is beyond it is laid out anew each time. */
const NAMES_MAX = 1_000
const LETTERS = 128
const UNKNOWN = -1
const DECIMALS: readonly Role[] = [
  ROLE.price,
  ROLE.quantity,
  ROLE.bidPrice,
  ROLE.bidQuantity,
  ROLE.askPrice,
  ROLE.askQuantity,
]

/** One shape of message. */
export class ShapeReader {
  readonly needs: readonly Role[]
  readonly decimals: readonly Role[]
  readonly #fields: ReadonlyMap<string, Role | string>
  /** Names of one letter are nearly all. */
  readonly #letterRoles = new Int8Array(LETTERS).fill(UNKNOWN)
  readonly #letterNames: Uint8Array[] = []
  readonly #names = new Map<string, Uint8Array>()

  constructor(name: ShapeName) {
    const { needs, fields } = SHAPES[name]
    this.needs = needs
    this.decimals = DECIMALS.filter((role) => this.needs.includes(role))
    this.#fields = new Map<string, Role | string>(Object.entries(fields))
    for (let code = 0; code < LETTERS; code++) {
      const known = this.#fields.get(String.fromCharCode(code))
      if (typeof known === 'number') this.#letterRoles[code] = known
      this.#letterNames.push(avroText(typeof known === 'string' ? known : String.fromCharCode(code)))
    }
  }

  /** -1 where the record has no place for it. */
  role(bytes: Uint8Array, start: number, end: number): number {
    if (end - start === 1 && bytes[start]! < LETTERS) return this.#letterRoles[bytes[start]!]!
    const known = this.#fields.get(textOf(bytes, start, end))
    return typeof known === 'number' ? known : UNKNOWN
  }

  vendorName(bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (end - start === 1 && bytes[start]! < LETTERS) return this.#letterNames[bytes[start]!]!
    const field = textOf(bytes, start, end)
    const found = this.#names.get(field)
    if (found) return found
    const known = this.#fields.get(field)
    const name = avroText(typeof known === 'string' ? known : field)
    if (this.#names.size < NAMES_MAX) this.#names.set(field, name)
    return name
  }
}

export const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start, end)
