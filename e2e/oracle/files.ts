/**
 * What the files say must be there: a second, simpler parser of theirs.
 *
 *   shape   paths -> trades to expect with how often, and the lines that are none
 *   units   µs since the epoch, UTC
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { contentKey, plain } from './trade.ts'

export interface Expected {
  /** How often each content must be there: as often as in the file that has it most often. */
  readonly trades: ReadonlyMap<string, number>
  /** By digest of the file and line number. */
  readonly bad: ReadonlyMap<string, BadLine>
}

export interface BadLine {
  /** The file may have been loaded under any of these. */
  readonly paths: string[]
  readonly line: number
  readonly text: string
}

const ROW =
  /^(\d\d)\/(\d\d)\/(\d{4}),(\d\d):(\d\d):(\d\d)\.(\d{3}),(\d+(?:\.\d+)?),(\d+),([^,\0]*),([^,\0]*),([^,\0]*)$/

export async function expectedOf(paths: readonly string[], symbols: ReadonlyMap<string, string>): Promise<Expected> {
  const trades = new Map<string, number>()
  const bad = new Map<string, BadLine>()
  for (const path of paths) {
    const bytes = unpacked(await readFile(path))
    const digest = createHash('sha256').update(bytes).digest('hex')
    const symbol = symbols.get(basename(path).split('.')[0]!)!
    const here = new Map<string, number>()
    for (const [index, line] of bytes.toString().split(/\r?\n/).entries()) {
      if (line === '') continue
      const key = keyOf(symbol, line)
      if (key !== undefined) here.set(key, (here.get(key) ?? 0) + 1)
      else note(bad, `${digest}/${index + 1}`, { paths: [path], line: index + 1, text: line })
    }
    for (const [key, times] of here) trades.set(key, Math.max(times, trades.get(key) ?? 0))
  }
  return { trades, bad }
}

function note(bad: Map<string, BadLine>, key: string, line: BadLine): void {
  const known = bad.get(key)
  if (known === undefined) bad.set(key, line)
  else known.paths.push(...line.paths)
}

function unpacked(bytes: Buffer): Buffer {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return gunzipSync(bytes)
  return bytes.readUInt32BE() === 0x28b52ffd ? zstdDecompressSync(bytes) : bytes
}

function keyOf(symbol: string, line: string): string | undefined {
  const row = ROW.exec(line)
  if (!row) return undefined
  const [, month, day, year, hour, minute, second, ms, price, quantity, qualifiers, venue, buyer] = row as unknown as [
    string,
    ...string[],
  ]
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`)
  const hours = Number.isNaN(local) ? undefined : sydneyHours(local)
  if (hours === undefined) return undefined
  const micros = BigInt(local - hours * 3_600_000) * 1000n
  return contentKey([symbol, micros, plain(price!), plain(quantity!), qualifiers!, venue!, buyer!])
}

// Sydney's wall clock in 2014, written as if it were UTC: summer time ended on 6 April at 03:00 and began on 5 October
// at 02:00, so the hour behind that never was.
const SUMMER_ENDS = Date.parse('2014-04-06T03:00:00Z')
const SUMMER_BEGINS = Date.parse('2014-10-05T02:00:00Z')

/** Hours ahead of UTC; undefined where the clocks skip that time. */
export function sydneyHours(local: number): number | undefined {
  if (local < SUMMER_ENDS) return 11
  if (local < SUMMER_BEGINS) return 10
  return local < SUMMER_BEGINS + 3_600_000 ? undefined : 11
}

/** The trading day of a moment in 2014, as Sydney's calendar has it. */
export function sydneyDay(micros: bigint): string {
  const ms = Number(micros / 1000n)
  const isSummer = ms < SUMMER_ENDS - 11 * 3_600_000 || ms >= SUMMER_BEGINS - 10 * 3_600_000
  return new Date(ms + (isSummer ? 11 : 10) * 3_600_000).toISOString().slice(0, 10)
}
