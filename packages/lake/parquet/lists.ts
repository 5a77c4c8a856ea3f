/**
 * HOT PATH (`npm run bench -- layout`). Columns of lists of text, as Parquet's three levels: list, its repeated group,
 * element.
 *
 *   repetition  0 begins a row, 1 goes on with its list
 *   definition  of a list that may be null: 0 null, 1 empty, 2 an element; of one that may not: 0 empty, 1 an element
 *
 *   source  Parquet format, "Nested Encoding", LogicalTypes.md "Lists". Elements are required, as in the table's schema
 */
import type { ListColumn, Utf8ListColumn } from '@k2/contracts/columns.ts'
import { roomy } from './bytes.ts'
import { type Chunk, type Encoder, putLevels } from './chunk.ts'
import type { Pool } from './pool.ts'
import type { FileColumn } from './schema.ts'
import { Locals, outside } from './texts.ts'

let repetitions = new Int32Array(0)
let definitions = new Int32Array(0)
let entries = new Int32Array(0)

export class ListEncoder implements Encoder {
  private readonly name: string
  private readonly codes: Int32Array
  private readonly flat: Flattened
  private readonly locals: Locals
  /** The level of an element. */
  private readonly present: number

  constructor({ name, required }: FileColumn, data: ListColumn | Utf8ListColumn, pool: Pool) {
    this.name = name
    const { codes, flat } = data.kind === 'list' ? coded(data, pool) : uncoded(data, pool)
    this.codes = codes
    this.flat = flat
    this.locals = new Locals(name, pool)
    this.present = required ? 1 : 2
  }

  put(rows: Int32Array, chunk: Chunk): void {
    const count = this.levelsOf(rows)
    repetitions = roomy(repetitions, count)
    definitions = roomy(definitions, count)
    entries = roomy(entries, count)
    const found = this.fill(rows, chunk)
    chunk.valueCount = count
    chunk.nullCount = count - found
    putLevels(chunk.body, repetitions, count, 1)
    putLevels(chunk.body, definitions, count, this.present)
    this.locals.put(chunk, entries.subarray(0, found))
    // An element's bounds are no bounds of its list.
    chunk.min = undefined
    chunk.max = undefined
  }

  /** Levels and entries of the rows; answers how many entries. */
  private fill(rows: Int32Array, chunk: Chunk): number {
    const { codes, present } = this
    const { items, ends, nulls } = this.flat
    const [repeated, defined, picks] = [repetitions, definitions, entries]
    let at = 0
    let found = 0
    for (let i = 0; i < rows.length; i++) {
      const code = codes[rows[i]!]!
      const from = code === 0 ? 0 : ends[code - 1]!
      const to = ends[code]!
      repeated[at] = 0
      if (from === to) {
        chunk.missing += nulls[code]!
        defined[at++] = nulls[code] === 1 ? 0 : present - 1
        continue
      }
      for (let item = from; item < to; item++) {
        if (item > from) repeated[at] = 1
        defined[at++] = present
        picks[found++] = items[item]!
      }
    }
    return found
  }

  private levelsOf(rows: Int32Array): number {
    const { codes } = this
    const { ends } = this.flat
    let count = 0
    for (let i = 0; i < rows.length; i++) {
      const code = codes[rows[i]!]!
      const end = ends[code]
      if (end === undefined) return outside(this.name, code, ends.length)
      count += Math.max(1, end - (code === 0 ? 0 : ends[code - 1]!))
    }
    return count
  }
}

interface Lists {
  /** Of each row its list. */
  readonly codes: Int32Array
  readonly flat: Flattened
}

interface Flattened {
  readonly items: Int32Array
  readonly ends: Int32Array
  readonly nulls: Uint8Array
}

const coded = ({ codes, dictionary }: ListColumn, pool: Pool): Lists => ({ codes, flat: flattened(dictionary, pool) })

/** A list a row. */
function uncoded({ offsets, elements, nulls }: Utf8ListColumn, pool: Pool): Lists {
  if (elements.nulls !== undefined) throw new Error('a list has a null among its elements, which are required')
  const rows = offsets.length - 1
  pool.of(elements)
  const items = upTo(elements.offsets.length - 1)
  return { codes: upTo(rows), flat: { items, ends: offsets.subarray(1), nulls: nulls ?? new Uint8Array(rows) } }
}

const upTo = (count: number): Int32Array => Int32Array.from({ length: count }, (_, i) => i)

/** Every list's elements, one list behind the other, as entries of the pool. */
function flattened(dictionary: readonly (readonly string[] | null)[], pool: Pool): Flattened {
  const entryOf = new Map<string, number>()
  const items: number[] = []
  const ends = new Int32Array(dictionary.length)
  dictionary.forEach((list, code) => {
    for (const text of list ?? []) {
      const entry = entryOf.get(text) ?? entryOf.size
      entryOf.set(text, entry)
      items.push(entry)
    }
    ends[code] = items.length
  })
  pool.ofTexts([...entryOf.keys()])
  return { items: Int32Array.from(items), ends, nulls: Uint8Array.from(dictionary, (list) => (list === null ? 1 : 0)) }
}
