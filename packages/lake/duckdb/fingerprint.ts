/**
 * HOT PATH (`npm run bench -- lake`). What rows say, whatever their order and files: their count, the sum of their hashes
 * and, of every column, the sum of its values' hashes. Two relations with equal fingerprints hold the same rows, but for
 * what 64-bit hashes can miss.
 *
 * It is taken of rows on their way to somewhere: DuckDB hands each vector's hashes to a filter of ours that keeps every
 * row. So a compaction reads its sources once, and what is summed is what goes on. Reading them twice would tell no more:
 * that files are whole is what their checksums say (whole.ts), and that none of their rows is missing, their manifests.
 */
import { BOOLEAN, type DuckDBDataChunk, DuckDBScalarFunction, type DuckDBVector, UBIGINT } from '@duckdb/node-api'
import type { TableSpec } from '@k2/contracts/tables.ts'
import type { Engine } from './engine.ts'
import { itemsOf, rawOf, writeWords } from './memory.ts'
import { scanSql } from './read.ts'
import { quoteName } from './sql.ts'
import { CHUNK_ROWS } from './vectors.ts'

/** `rows: count, sum`, then `column: sum` of each, as text that is equal where the rows are. */
export type Fingerprint = readonly string[]

/**
 * Of the rows of data files, as `read` meets them.
 * @param read runs a statement over the relation that it is given, over `engine.copying`, and reads it whole and once
 */
export async function fingerprinted<T>(
  engine: Engine,
  spec: TableSpec,
  files: readonly string[],
  read: (relation: string) => Promise<T>,
): Promise<{ readonly answer: T; readonly fingerprint: Fingerprint }> {
  await engine.check(files)
  const takers = takersOf(engine)
  const id = takers.next++
  const sums = new Sums(spec.columns.length + 1)
  takers.sums.set(id, sums)
  const columns = spec.columns.map(({ name }) => quoteName(name))
  // Column by column alone, a row whose cells came from two rows would not show: hence the whole row as well.
  const hashes = [columns.join(', '), ...columns].map((hashed) => `hash(${hashed})`)
  try {
    const filter = `${FUNCTION}(${id}::UBIGINT, ${hashes.join(', ')})`
    const answer = await read(`(SELECT * FROM ${scanSql(spec, files)} WHERE ${filter})`)
    const names = [`rows: ${sums.rows}`, ...spec.columns.map(({ name }) => name)]
    return { answer, fingerprint: sums.totals.map((total, i) => `${names[i]}: ${total}`) }
  } finally {
    takers.sums.delete(id)
  }
}

const FUNCTION = 'k2_fingerprinted'

interface Takers {
  next: number
  /** Of those that are at work, by the number that their filter says first. */
  readonly sums: Map<number, Sums>
}

const known = new WeakMap<Engine, Takers>()

function takersOf(engine: Engine): Takers {
  const there = known.get(engine)
  if (there !== undefined) return there
  const takers: Takers = { next: 0, sums: new Map() }
  known.set(engine, takers)
  const filter = DuckDBScalarFunction.create({
    name: FUNCTION,
    returnType: BOOLEAN,
    varArgsType: UBIGINT,
    // Or DuckDB might ask once for equal rows.
    volatile: true,
    mainFunction: (_, chunk, kept) => {
      const [id] = itemsOf(chunk.getColumnVector(0))
      takers.sums.get(Number(id))!.take(chunk)
      writeWords(rawOf(kept), TRUES.subarray(0, Math.ceil(chunk.rowCount / 8)), null)
    },
  })
  engine.copying.registerScalarFunction(filter)
  return takers
}

/** True for a vector's rows, a byte each. */
const TRUES = new BigInt64Array(CHUNK_ROWS / 8).fill(0x01_01_01_01_01_01_01_01n)

class Sums {
  rows = 0
  readonly totals: bigint[]

  constructor(columns: number) {
    this.totals = new Array(columns).fill(0n)
  }

  take(chunk: DuckDBDataChunk): void {
    const rows = chunk.rowCount
    for (let i = 0; i < this.totals.length; i++) this.totals[i]! += sumOf(chunk.getColumnVector(i + 1), rows)
    this.rows += rows
  }
}

/** Exact: a vector's sum of 32 bits each is no more than a double holds. */
function sumOf(vector: DuckDBVector, rows: number): bigint {
  const words = itemsOf(vector)
  const halves = new Uint32Array(words.buffer, words.byteOffset, rows * 2)
  let low = 0
  let high = 0
  for (let i = 0; i < halves.length; i += 2) {
    low += halves[i]!
    high += halves[i + 1]!
  }
  return (BigInt(high) << 32n) + BigInt(low)
}
