/**
 * ASX trade files with the quirks of real ones, and what people do with files: load them again under another name,
 * packed, or in a piece that overlaps. The seed decides every byte.
 *
 *   shape   (folder, random) -> paths of the files to load first, and of those that come later
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'

export interface Feed {
  readonly first: readonly string[]
  readonly later: readonly string[]
}

export type Random = () => number

interface Company {
  readonly id: number
  readonly symbol: string
  /** In tenths of a cent. */
  readonly price: number
}

// KNF shares its partition of the log with KTA, so that one symbol's offsets have another's between them.
export const COMPANIES: readonly Company[] = [
  { id: 9001, symbol: 'KTA', price: 36_650 },
  { id: 9002, symbol: 'KTB', price: 1_110 },
  { id: 9003, symbol: 'KNF', price: 670 },
]
export const SYMBOLS = COMPANIES.map(({ symbol }) => symbol)

// Sydney's summer time ends between the second and the third.
const DAYS = ['04/03/2014', '04/04/2014', '04/07/2014']
const OPEN_MS = 10 * 3_600_000
const BAD = [
  '04/03/2014,10:00:00.000,36.65,100',
  '13/45/2014,10:00:00.000,36.65,100,0,,',
  '04/03/2014,25:61:00.000,36.65,100,0,,',
  '04/04/2014,10:00:00.000,n/a,100,0,,',
  '04/04/2014,10:00:00.000,36.65,-5,0,,',
  '10/05/2014,02:30:00.000,36.65,100,0,,',
  'Date,Time,Price,Volume,Qualifiers,Market,Buyer',
  '04/04/2014,10:00:00.000,36.65,1\0,0,,',
]

const below = (random: Random, limit: number): number => Math.floor(random() * limit)
const oneOf = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)]!

/** A line of a file, and where it may be cut: between two moments, for a cut run of identical rows is undecidable. */
interface Line {
  readonly text: string
  readonly opensMoment: boolean
}

class Tape {
  private day = 0
  private ms = OPEN_MS
  private price: number
  private readonly random: Random

  constructor(price: number, random: Random) {
    this.price = price
    this.random = random
  }

  take(rows: number): Line[] {
    const { random } = this
    const lines: Line[] = []
    const nextDay = () => {
      this.day++
      this.ms = OPEN_MS
    }
    while (lines.length < rows) {
      if (this.day < DAYS.length - 1 && random() < 3 / rows) nextDay()
      this.ms += 1 + below(random, 60_000)
      const moment: string[] = []
      do moment.push(random() < 0.15 && moment.length > 0 ? oneOf(random, moment) : this.row())
      while (random() < 1 / 3)
      lines.push(...moment.map((text, i) => ({ text, opensMoment: i === 0 })))
      if (random() < 0.02) lines.push({ text: oneOf(random, BAD), opensMoment: false })
      if (random() < 0.005) lines.push({ text: '', opensMoment: false })
    }
    return lines
  }

  private row(): string {
    const { random } = this
    this.price = Math.max(1, this.price + below(random, 7) - 3)
    const dollars = String((random() < 0.01 ? this.price * 2 : this.price) / 1000)
    const clock = new Date(Math.min(this.ms, 86_399_999)).toISOString().slice(11, 23)
    const rest = `${oneOf(random, ['0', '0', '2', 'XT', ''])},${oneOf(random, ['', '', 'X', 'CXA'])},${oneOf(random, ['', '17'])}`
    return `${DAYS[this.day]},${clock},${dollars},${1 + below(random, 5_000)},${rest}`
  }
}

export async function writeFeed(folder: string, random: Random): Promise<Feed> {
  await mkdir(folder, { recursive: true })
  const rows = COMPANIES.map(({ id, symbol }) => `${id},${symbol},${symbol} LTD,,05/07/2008,03/31/2015\r\n`)
  await writeFile(
    join(folder, 'company_info.csv'),
    `company_id,symbol,company_name,ISIN,start_date,end_date\r\n${rows.join('')}`,
  )
  const [first, later]: [string[], string[]] = [[], []]
  const turn = below(random, COMPANIES.length)
  for (const [index, { id, price }] of COMPANIES.entries()) {
    const tape = new Tape(price, random)
    const lines = tape.take(300 + below(random, 500))
    const text = textOf(lines, '\r\n')
    first.push(await put(join(folder, `${id}.csv`), text))
    later.push(...(await again(folder, id, (index + turn) % 3, { lines, text, tape, random })))
  }
  return { first, later }
}

type Loaded = { lines: readonly Line[]; text: string; tape: Tape; random: Random }

/** The file once more: packed, renamed, or in a piece that begins inside it and goes on behind it. */
async function again(folder: string, id: number, how: number, { lines, text, tape, random }: Loaded) {
  if (how === 0) return [await put(join(folder, `${id}.packed.gz`), gzipSync(text))]
  if (how === 1) return [await put(join(folder, `${id}.copy.csv`), text)]
  const cuts = lines.flatMap(({ opensMoment }, at) => (opensMoment ? [at] : []))
  const piece = [...lines.slice(oneOf(random, cuts)), ...tape.take(100 + below(random, 200))]
  // Written otherwise, and still the same trades.
  const other = piece.map((line) => ({ ...line, text: line.text.replace(/^([^,]+,[^,]+,\d+\.\d+),/, '$10,') }))
  const packed = oneOf(random, [gzipSync, zstdCompressSync, Buffer.from])
  return [await put(join(folder, `${id}.more.csv`), packed(Buffer.from(textOf(other, oneOf(random, ['\n', '\r\n'])))))]
}

const textOf = (lines: readonly Line[], end: string): string => lines.map(({ text }) => text).join(end) + end

async function put(path: string, content: string | Uint8Array): Promise<string> {
  await writeFile(path, content)
  return path
}
