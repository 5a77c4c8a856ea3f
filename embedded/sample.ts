/**
 * A sample in the format of real ASX trade files, with their quirks: CRLF, no header, identical rows that are distinct
 * trades, many trades in one millisecond, off-market prints far from the market. The seed decides every byte.
 *
 *   shape   seed -> files by name, as text
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface SampleFile {
  readonly name: string
  readonly text: string
}

interface Company {
  readonly id: number
  readonly symbol: string
  readonly title: string
  /** In tenths of a cent. */
  readonly price: number
  readonly trades: number
}

// Made up, and so are their trades.
const COMPANIES: readonly Company[] = [
  { id: 9001, symbol: 'KTA', title: 'KANGAROO TIN AND ALUMINIUM LTD', price: 36_650, trades: 4_000 },
  { id: 9002, symbol: 'KTB', title: 'KOOKABURRA TIMBER LTD', price: 1_110, trades: 400 },
  { id: 9003, symbol: 'KTC', title: 'KOALA TRANSPORT CORP', price: 670, trades: 25 },
]
const SAMPLE_ROWS = 13_275
const DAYS = ['03/10/2014', '03/11/2014', '03/12/2014']
const OPEN_MS = 10 * 3_600_000
const SESSION_MS = 6 * 3_600_000

/** mulberry32: small, and the same on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** About `rows` trades in all, most of them of the first company. */
export function sample(seed: number, rows = SAMPLE_ROWS): SampleFile[] {
  const random = seeded(seed)
  const files = COMPANIES.map((company) => ({
    name: `trades/${company.id}.csv`,
    text: rowsOf({ ...company, trades: Math.max(1, Math.round((company.trades * rows) / SAMPLE_ROWS)) }, random),
  }))
  const listed = COMPANIES.map(({ id, symbol, title }) => `${id},${symbol},${title},,05/07/2008,03/31/2014\r\n`)
  return [
    ...files,
    {
      name: 'reference-data/company_info.csv',
      text: `company_id,symbol,company_name,ISIN,start_date,end_date\r\n${listed.join('')}`,
    },
  ]
}

function rowsOf({ price, trades }: Company, random: () => number): string {
  const rows: string[] = []
  for (const day of DAYS) {
    // An off-market print before the opening, far from the market: a false high of the day.
    rows.push(`${day},07:05:00.000,${dollars(price * 1.14)},${whole(random, 200_000)},1,X,`)
    let ms = OPEN_MS
    let now = price
    while (rows.length % trades !== 0 || rows.length === 0) {
      // A third of the trades share the millisecond of the one before.
      if (random() > 1 / 3) ms += Math.floor((random() * 2 * SESSION_MS) / trades) + 1
      now = Math.max(1, now + Math.round((random() - 0.5) * 6))
      const qualifier = random() < 0.2 ? '2' : '0'
      const row = `${day},${clock(ms)},${dollars(now)},${whole(random, 5_000)},${qualifier},,`
      rows.push(row)
      // Now and then the same again, to the letter: another trade.
      if (random() < 0.03 && rows.length % trades !== 0) rows.push(row)
    }
  }
  return rows.map((row) => `${row}\r\n`).join('')
}

const whole = (random: () => number, max: number): number => 1 + Math.floor(random() * max)

const dollars = (tenths: number): string => String(Math.round(tenths) / 1000)

function clock(ms: number): string {
  return new Date(Math.min(ms, 86_399_999)).toISOString().slice(11, 23)
}

/** Writes the sample below `folder`; answers the paths of its trade files. */
export async function writeSample(folder: string, seed: number, rows?: number): Promise<string[]> {
  const paths: string[] = []
  for (const { name, text } of sample(seed, rows)) {
    const path = join(folder, name)
    await mkdir(join(path, '..'), { recursive: true })
    await writeFile(path, text)
    if (name.startsWith('trades/')) paths.push(path)
  }
  return paths
}
