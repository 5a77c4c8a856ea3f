/**
 * HOT PATH (`npm run bench -- layout`). Columns of lists of text, as Parquet's three levels: list, its repeated group,
 * element.
 *
 *   repetition  0 begins a row, 1 goes on with its list
 *   definition  of a list that may be null: 0 null, 1 empty, 2 an element; of one that may not: 0 empty, 1 an element
 *
 *   source  Parquet format, "Nested Encoding", LogicalTypes.md "Lists". Elements are required, as in the table's schema
 */
import type { ListColumn } from '@k2/contracts/columns.ts'
import type { Column } from '@k2/contracts/tables.ts'
import { roomy } from './bytes.ts'
import { type Encode, putLevels } from './chunk.ts'
import type { Pool } from './pool.ts'
import { Locals, outside } from './texts.ts'

let repetitions = new Int32Array(0)
let definitions = new Int32Array(0)
let entries = new Int32Array(0)

export function lists({ name, required }: Column, { codes, dictionary }: ListColumn, pool: Pool): Encode {
  const { items, ends, nulls } = flattened(dictionary, pool)
  const locals = new Locals(name, pool)
  const present = required ? 1 : 2
  return (rows, chunk) => {
    const count = levelsOf(rows)
    repetitions = roomy(repetitions, count)
    definitions = roomy(definitions, count)
    entries = roomy(entries, count)
    let at = 0
    let found = 0
    for (let i = 0; i < rows.length; i++) {
      const code = codes[rows[i]!]!
      const from = code === 0 ? 0 : ends[code - 1]!
      const to = ends[code]!
      repetitions[at] = 0
      if (from === to) {
        chunk.missing += nulls[code]!
        definitions[at++] = nulls[code] === 1 ? 0 : present - 1
        continue
      }
      for (let item = from; item < to; item++) {
        if (item > from) repetitions[at] = 1
        definitions[at++] = present
        entries[found++] = items[item]!
      }
    }
    chunk.valueCount = at
    chunk.nullCount = at - found
    putLevels(chunk.body, repetitions, at, 1)
    putLevels(chunk.body, definitions, at, present)
    locals.put(chunk, entries.subarray(0, found))
    // An element's bounds are no bounds of its list.
    chunk.min = undefined
    chunk.max = undefined
  }

  function levelsOf(rows: Int32Array): number {
    let count = 0
    for (let i = 0; i < rows.length; i++) {
      const code = codes[rows[i]!]!
      if (ends[code] === undefined) outside(name, code, dictionary.length)
      count += Math.max(1, ends[code]! - (code === 0 ? 0 : ends[code - 1]!))
    }
    return count
  }
}

/** Every list's elements, one list behind the other, as entries of the pool. */
function flattened(dictionary: readonly (readonly string[] | null)[], pool: Pool) {
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
  return { items, ends, nulls: Uint8Array.from(dictionary, (list) => (list === null ? 1 : 0)) }
}
