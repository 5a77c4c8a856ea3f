/**
 * HOT PATH (`npm run bench -- replay`). Texts and lists of text of several groups, picked in any order: as bytes with offsets, as
 * texts, or as codes.
 */
import type { DictionaryColumn, Slices, TextColumn, Utf8Column, Utf8ListColumn } from '@k2/contracts/columns.ts'
import { roomy } from '../bytes.ts'
import { NotOurs } from './cursor.ts'
import type { Of, Piece, PieceOf } from './pieces.ts'
import { rowsIn } from './pieces.ts'

/** Different texts as bytes, kept with the dictionary that they are of. */
const blobs = new WeakMap<readonly (string | null)[], Slices>()

function blobOf(dictionary: readonly (string | null)[]): Slices {
  const known = blobs.get(dictionary)
  if (known !== undefined) return known
  const joined = Buffer.from(dictionary.join(''))
  const bytes = new Uint8Array(joined.length + WORD)
  bytes.set(joined)
  const [starts, ends] = [new Int32Array(dictionary.length), new Int32Array(dictionary.length)]
  let at = 0
  dictionary.forEach((text, i) => {
    starts[i] = at
    if (text !== null) at += Buffer.byteLength(text)
    ends[i] = text === null ? -1 : at
  })
  const blob = { bytes, starts, ends }
  blobs.set(dictionary, blob)
  return blob
}

type Texts = PieceOf<'text'> | PieceOf<'dictionary'>

/** The one text of all rows. */
function onlyText(pieces: readonly Piece[]): string | null | undefined {
  const [first] = pieces
  if (first?.data.kind !== 'dictionary') return undefined
  const [text] = first.data.dictionary
  for (const { data } of pieces) {
    if (data.kind !== 'dictionary' || data.dictionary.length !== 1 || data.dictionary[0] !== text) return undefined
  }
  return text
}

/** As codes of all pieces' different texts, each row in its place. */
export function coded(pieces: readonly Piece[]): DictionaryColumn {
  const codes = new Int32Array(rowsIn(pieces))
  const dictionary: (string | null)[] = []
  const known = new Map<string | null, number>()
  const codeOf = (text: string | null): number => {
    const code = known.get(text) ?? dictionary.push(text) - 1
    known.set(text, code)
    return code
  }
  let at = 0
  for (const { data, from, to } of pieces) {
    if (data.kind === 'dictionary') {
      const mine = data.dictionary.map(codeOf)
      for (let row = from; row < to; row++) codes[at++] = mine[data.codes[row]!]!
    } else if (data.kind === 'text') for (let row = from; row < to; row++) codes[at++] = codeOf(data.values[row]!)
    else throw new NotOurs('a column that is no text')
  }
  return { kind: 'dictionary', codes, dictionary }
}

export function utf8s(pieces: readonly Piece[], order: Int32Array): Utf8Column {
  const only = onlyText(pieces)
  if (only !== undefined && only !== null) return repeated(only, order.length)
  const { bytes, starts, ends } = slicesOf(pieces as readonly Texts[])
  return copied(bytes, starts, ends, order)
}

function repeated(text: string, count: number): Utf8Column {
  const one = Buffer.from(text)
  refuseTooLong(one.length * count)
  const bytes = new Uint8Array(one.length * count)
  if (one.length > 0) Buffer.from(bytes.buffer).fill(one)
  const offsets = new Int32Array(count + 1)
  for (let i = 1, at = one.length; i <= count; i++, at += one.length) offsets[i] = at
  return { kind: 'utf8', bytes, offsets }
}

const BYTES_MAX = 2 ** 28

/** Kept from one column to the next. */
let firsts = new Int32Array(0)
let behinds = new Int32Array(0)
let pool = new Uint8Array(0)

/** Where each row's text lies, of all pieces one behind the other. */
function slicesOf(pieces: readonly Texts[]): Slices {
  const rows = rowsIn(pieces)
  firsts = roomy(firsts, rows)
  behinds = roomy(behinds, rows)
  const [starts, ends] = [firsts, behinds]
  const parts: Uint8Array[] = []
  const placed = new Map<Uint8Array, number>()
  let total = 0
  let at = 0
  const place = (bytes: Uint8Array): number => {
    parts.push(bytes)
    total += bytes.length
    return total - bytes.length
  }
  for (const { data, from, to } of pieces) {
    if (data.kind === 'dictionary') {
      const blob = blobOf(data.dictionary)
      const base = placed.get(blob.bytes) ?? place(blob.bytes)
      placed.set(blob.bytes, base)
      for (let row = from; row < to; row++, at++) {
        const code = data.codes[row]!
        const end = blob.ends[code]!
        starts[at] = base + blob.starts[code]!
        ends[at] = end < 0 ? -1 : base + end
      }
      continue
    }
    const slices = slicesIn(data)
    const { low, high } = extentOf(slices, from, to)
    const base = place(slices.bytes.subarray(low, high)) - low
    for (let row = from; row < to; row++, at++) {
      const end = slices.ends[row]!
      starts[at] = base + slices.starts[row]!
      ends[at] = end < 0 ? -1 : base + end
    }
  }
  const bytes = poolOf(total + WORD)
  let to = 0
  for (const part of parts) {
    bytes.set(part, to)
    to += part.length
  }
  return { bytes, starts, ends }
}

const POOL_BYTES_MAX = 8 * 2 ** 20

function poolOf(bytes: number): Uint8Array {
  refuseTooLong(bytes)
  if (bytes > POOL_BYTES_MAX) return new Uint8Array(bytes)
  pool = roomy(pool, bytes)
  return pool
}

/** One text may stand in any number of rows. */
function refuseTooLong(bytes: number): void {
  if (bytes > BYTES_MAX) throw new NotOurs('more text than is put together here')
}

function slicesIn({ slices }: Of<'text'>): Slices {
  if (slices === undefined) throw new NotOurs('texts without their bytes')
  return slices
}

/** Of the bytes the part in which these rows' lie. */
function extentOf({ starts, ends }: Slices, from: number, to: number): { low: number; high: number } {
  let [low, high] = [starts[from]!, starts[from]!]
  for (let row = from; row < to; row++) {
    if (ends[row]! < 0) continue
    if (starts[row]! < low) low = starts[row]!
    if (ends[row]! > high) high = ends[row]!
  }
  return { low, high }
}

/** Texts are copied by so many bytes at once, over their end where there is room. */
const WORD = 4

function copied(from: Uint8Array, starts: Int32Array, ends: Int32Array, order: Int32Array): Utf8Column {
  const count = order.length
  const offsets = new Int32Array(count + 1)
  let total = 0
  let hasNull = false
  for (let i = 0; i < count; i++) {
    const place = order[i]!
    const end = ends[place]!
    if (end < 0) hasNull = true
    else total += end - starts[place]!
    offsets[i + 1] = total
  }
  refuseTooLong(total)
  const bytes = new Uint8Array(total + WORD)
  const source = new DataView(from.buffer, from.byteOffset, from.byteLength)
  const target = new DataView(bytes.buffer)
  for (let i = 0, to = 0; i < count; i++) {
    const place = order[i]!
    const end = ends[place]!
    let at = starts[place]!
    // What is written too much lies where the next text begins.
    for (; at < end; at += WORD, to += WORD) target.setInt32(to, source.getInt32(at, true), true)
    to = offsets[i + 1]!
  }
  const nulls = hasNull ? { nulls: Uint8Array.from(order, (place) => (ends[place]! < 0 ? 1 : 0)) } : {}
  return { kind: 'utf8', bytes: bytes.subarray(0, total), offsets, ...nulls }
}

export function texts(pieces: readonly Piece[], order: Int32Array): TextColumn {
  const together: (string | null)[] = new Array(rowsIn(pieces))
  let at = 0
  for (const { data, from, to } of pieces as readonly Texts[]) {
    if (data.kind === 'dictionary') {
      const { codes, dictionary } = data
      for (let row = from; row < to; row++) together[at++] = dictionary[codes[row]!]!
      continue
    }
    const { starts, ends, bytes: raw } = slicesIn(data)
    const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.length)
    for (let row = from; row < to; row++)
      together[at++] = ends[row]! < 0 ? null : bytes.toString('utf8', starts[row]!, ends[row]!)
  }
  return { kind: 'text', values: Array.from(order, (place) => together[place]!) }
}

type ListPieces = readonly PieceOf<'list'>[]

/** One dictionary of all, with codes in it; -1 is null. */
export function lists(pieces: ListPieces, order: Int32Array) {
  const together = new Int32Array(rowsIn(pieces))
  const dictionary: (readonly string[])[] = []
  const known = new Map<string, number>()
  let at = 0
  for (const { data, from, to } of pieces) {
    const codeOf = data.dictionary.map((list) => {
      if (list === null) return -1
      const key = JSON.stringify(list)
      const code = known.get(key) ?? dictionary.push(list) - 1
      known.set(key, code)
      return code
    })
    for (let row = from; row < to; row++) together[at++] = codeOf[data.codes[row]!]!
  }
  const codes = new Int32Array(order.length)
  for (let i = 0; i < order.length; i++) codes[i] = together[order[i]!]!
  return { kind: 'list', codes, dictionary } as const
}

export function utf8Lists(pieces: ListPieces, order: Int32Array): Utf8ListColumn {
  const { codes, dictionary } = lists(pieces, order)
  const offsets = new Int32Array(codes.length + 1)
  let hasNull = false
  let total = 0
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    if (code < 0) hasNull = true
    else total += dictionary[code]!.length
    offsets[i + 1] = total
  }
  // Of every element its place among all different lists' elements.
  const firsts: number[] = []
  const elements = dictionary.flatMap((list, code) => {
    firsts[code] = code === 0 ? 0 : firsts[code - 1]! + dictionary[code - 1]!.length
    return list
  })
  const places = new Int32Array(total)
  for (let i = 0, at = 0; i < codes.length; i++) {
    const code = codes[i]!
    if (code < 0) continue
    for (let k = 0, first = firsts[code]!, length = dictionary[code]!.length; k < length; k++) places[at++] = first + k
  }
  const { bytes, starts, ends } = blobOf(elements)
  const nulls = hasNull ? { nulls: Uint8Array.from(codes, (code) => (code < 0 ? 1 : 0)) } : {}
  return { kind: 'utf8-list', offsets, elements: copied(bytes, starts, ends, places), ...nulls }
}
