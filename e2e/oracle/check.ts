/** The judgement over a data folder that no process holds: nothing lost, nothing doubled, everything in its place. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import type { LocalFiles } from '@k2/lake/store/files.ts'
import type { Head, Table } from '@k2/lake/table.ts'
import type { Log } from '@k2/log/log.ts'
import { tradesOf, withLog } from '../worlds/folder.ts'
import { type Expected, sydneyDay } from './files.ts'
import { readLake } from './lake.ts'
import { type Letter, type Logged, readLetters, readTrades, TOPIC } from './log.ts'
import type { Seen } from './trade.ts'

export interface Found extends Logged {
  readonly lake: readonly Seen[]
  readonly head: Head
  readonly letters: ReadonlyMap<string, Letter>
  /** By snapshot id: where each partition stood in it. */
  readonly landedAt: ReadonlyMap<string, ReadonlyMap<string, bigint>>
}

export const look = async (data: string): Promise<Found> =>
  withLog(data, async (log, registry) => {
    const schemaId = await registry.register(`${TOPIC}-value`, SCHEMAS.trades)
    return lookAt({ log, table: await tradesOf(data), schemaId, tempFolder: join(data, 'oracle') })
  })

export interface Looked {
  readonly log: Log
  readonly table: Table
  /** Of those records that are trades. */
  readonly schemaId: number
  readonly local?: LocalFiles
  readonly tempFolder: string
}

export async function lookAt({ log, table, schemaId, local, tempFolder }: Looked): Promise<Found> {
  const lake = await readLake(table, tempFolder, local)
  const snapshots = await table.snapshots()
  const landedAt = new Map(snapshots.map(({ id, summary }) => [String(id), offsetsIn(summary['k2.offsets'])]))
  const head = await table.head()
  return { ...(await readTrades(log, schemaId)), letters: await readLetters(log), lake, head, landedAt }
}

function offsetsIn(text = '{}'): Map<string, bigint> {
  const topics = Object.entries(JSON.parse(text) as Record<string, Record<string, number>>)
  return new Map(
    topics.flatMap(([topic, partitions]) =>
      Object.entries(partitions).map(([partition, offset]) => [`${topic}/${partition}`, BigInt(offset)] as const),
    ),
  )
}

/** Every record of the log that is a trade is in the lake once, as it is; and the lake has decided on all. */
export function checkLanded({ trades, lake, head, ends }: Found): void {
  assertSame('lake and log', textsOf(lake), textsOf(trades))
  assert.deepEqual(sorted(head.progress.offsets), sorted(ends), 'the lake stands where the log ends')
}

/** The log holds what the files say, and numbers it without a gap. */
export function checkLoaded({ trades, letters }: Found, expected: Expected): void {
  const counted = new Map<string, number>()
  for (const { content } of trades) counted.set(content, (counted.get(content) ?? 0) + 1)
  assertSame('log and files', linesOf(counted), linesOf(expected.trades))
  assert.equal(new Set(trades.map(({ messageId }) => messageId)).size, trades.length, 'message_ids are distinct')
  checkNumbers(trades)
  checkLetters(letters, expected)
}

/** source_sequence runs 1..n in each symbol's trading day. */
function checkNumbers(trades: readonly Seen[]): void {
  const days = Map.groupBy(trades, ({ symbol, micros }) => `${symbol} ${sydneyDay(micros)}`)
  for (const [day, ofDay] of days) {
    const numbers = ofDay.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b)
    const wrong = numbers.findIndex((number, i) => number !== i + 1)
    assert.equal(wrong, -1, `${day}: number ${numbers[wrong]} stands where ${wrong + 1} belongs`)
  }
}

function checkLetters(letters: ReadonlyMap<string, Letter>, { bad }: Expected): void {
  assert.deepEqual([...letters.keys()].sort(), [...bad.keys()].sort(), 'each bad line has its letter, and no other')
  for (const [key, { paths, line, text }] of bad) {
    const letter = letters.get(key)!
    assert.equal(letter.origin, 'file')
    assert.ok(paths.includes(letter.file!), `${letter.file} is one of ${paths}`)
    assert.equal(letter.line, line)
    assert.equal(Buffer.from(letter.raw_base64!, 'base64').toString(), text)
    assert.ok(letter.reason.length > 10, `"${letter.reason}" says why`)
  }
}

const textsOf = (trades: readonly Seen[]): string[] => trades.map(({ text }) => text).sort()
const linesOf = (counts: ReadonlyMap<string, number>): string[] =>
  [...counts].map(([key, times]) => `${times} x ${key}`).sort()
const sorted = (offsets: ReadonlyMap<string, bigint>) => [...offsets].sort(([a], [b]) => (a < b ? -1 : 1))

/** Thousands of lines, of which a failure shows those that one side lacks. */
function assertSame(what: string, actual: readonly string[], wanted: readonly string[]): void {
  const extra = lacking(actual, wanted)
  const missing = lacking(wanted, actual)
  assert.ok(
    extra.length + missing.length === 0,
    `${what}: ${extra.length} too many, ${missing.length} missing; ${[...extra.slice(0, 3), '---', ...missing.slice(0, 3)].join('\n')}`,
  )
}

function lacking(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1)
  return lines.filter((line) => {
    const times = left.get(line) ?? 0
    left.set(line, times - 1)
    return times <= 0
  })
}
