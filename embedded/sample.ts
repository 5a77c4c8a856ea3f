/**
 * A sample in the format of real ASX files, with their quirks: CRLF, no header, identical rows that are distinct trades,
 * many trades in one millisecond, off-market prints far from the market; quotes of one side, crossed and locked before
 * the opening, with quantities beyond a billion; lists that hold a header and no records. The seed decides every byte.
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
  readonly isin: string
  /** In tenths of a cent. */
  readonly price: number
  readonly trades: number
}

// Made up, and so are their trades.
const COMPANIES: readonly Company[] = [
  {
    id: 9001,
    symbol: 'KTA',
    isin: 'AU000000KTA2',
    title: 'KANGAROO TIN AND ALUMINIUM LTD',
    price: 36_650,
    trades: 4_000,
  },
  { id: 9002, symbol: 'KTB', isin: 'AU000000KTB0', title: 'KOOKABURRA TIMBER LTD', price: 1_110, trades: 400 },
  { id: 9003, symbol: 'KTC', isin: 'AU000000KTC8', title: 'KOALA TRANSPORT CORP', price: 670, trades: 25 },
]
const SAMPLE_ROWS = 13_275
const QUOTES_PER_TRADE = 0.85
// Quotes have a stream of their own, so that they move no trade.
const QUOTES_SEED = 0x51ed_270b
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
  return [...files, ...quoteFiles(seed, rows), ...REFERENCE_FILES]
}

/** Never more than for the usual size: a bench that asks for millions of trades asks for no quotes. */
function quoteFiles(seed: number, rows: number): SampleFile[] {
  const share = Math.min(1, rows / SAMPLE_ROWS) * QUOTES_PER_TRADE
  return COMPANIES.map((company) => ({
    name: `quotes/${company.id}.csv`,
    text: quotesOf(company, Math.max(1, Math.round(company.trades * share)), seeded((seed ^ QUOTES_SEED) + company.id)),
  }))
}

const lines = (rows: readonly string[]): string => rows.map((row) => `${row}\r\n`).join('')
const listed = COMPANIES.map(({ id, symbol, title, isin }) => `${id},${symbol},${title},${isin},05/07/2008,03/31/2014`)
const NO_RECORDS = lines(['company id,effective date,ratio', '--- NO RECORDS TO REPORT ---'])
const REFERENCE_FILES: readonly SampleFile[] = [
  {
    name: 'reference-data/company_info.csv',
    text: lines(['company_id,symbol,company_name,ISIN,start_date,end_date', ...listed]),
  },
  { name: 'reference-data/mergers.csv', text: NO_RECORDS },
  { name: 'reference-data/stock_splits.csv', text: NO_RECORDS },
]

/** `perDay` quotes a day behind the opening ones. */
function quotesOf({ price }: Company, perDay: number, random: () => number): string {
  const rows: string[] = []
  for (const day of DAYS) {
    const bid = whole(random, 5_000)
    rows.push(`${day},05:46:13.604,${dollars(price)},0.0,${bid},0`)
    rows.push(`${day},05:46:13.604,${dollars(price)},${dollars(price * 1.01)},${bid},${whole(random, 5_000)}`)
    // Before the opening orders meet without trading: bids above offers, and at them.
    rows.push(`${day},07:30:01.135,${dollars(price * 1.05)},${dollars(price)},${whole(random, 5_000)},16`)
    rows.push(
      `${day},09:10:00.000,${dollars(price)},${dollars(price)},19,${1_000_000_000 + whole(random, 500_000_000)}`,
    )
    let ms = OPEN_MS
    let now = price
    for (let i = 0; i < perDay; i++) {
      // Each change of a side is a row: many share their millisecond.
      if (random() > 0.4) ms += Math.floor((random() * 2 * SESSION_MS) / perDay) + 1
      now = Math.max(2, now + Math.round((random() - 0.5) * 6))
      const ask = now + whole(random, 10)
      rows.push(`${day},${clock(ms)},${dollars(now)},${dollars(ask)},${whole(random, 20_000)},${whole(random, 20_000)}`)
    }
  }
  return lines(rows)
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
  return lines(rows)
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
