/** Both ways to read a row must give the same: rows as the vendor writes them, and rows that are nearly so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeRecord } from '@k2/contracts/records/encode.ts'
import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import { contentHash, identity } from '@k2/market/identity.ts'
import { venue } from '@k2/market/instrument.ts'
import { parseQuote, parseTrade, quoteContent, tradeContent } from './asx.ts'
import { quoteWriter, tradeWriter } from './avro.ts'
import { DECIMALS_MAX, TEXTS_MAX } from './columns.ts'
import { LineSplitter } from './lines.ts'
import { quoteOf } from './quote.ts'
import { scanQuotes, scanTrades } from './scan.ts'
import { tradeOf } from './trade.ts'

const ASX = venue('ASX')!
const SEED = Date.now() % 1_000_000
const ROWS = 20_000
const INGESTED = 1_795_000_000_000_001
const frame = Uint8Array.of(0, 0, 0, 0, 9)
// Of a file whose name is a company's, and of one whose name is not.
const SUBJECTS = [
  { companyId: '7078', symbol: 'BHP' },
  { companyId: null, symbol: 'A.B-C_1' },
]

/** mulberry32, of Tommy Ettinger. */
function seeded(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit
  }
}

type Below = (limit: number) => number
const oneOf = <T>(below: Below, items: readonly T[]): T => items[below(items.length)]!
const digits = (below: Below, most: number): string => Array.from({ length: below(most + 1) }, () => below(10)).join('')
const two = (below: Below, from: number, to: number): string => String(from + below(to - from)).padStart(2, '0')

function decimal(below: Below): string {
  return oneOf<() => string>(below, [
    () => String(below(100_000) / 1_000),
    () => String(below(2_000_000_000)),
    () => `${digits(below, 11)}.${digits(below, 9)}`,
    () => digits(below, 10),
    () =>
      oneOf(below, [
        '0',
        '0.0',
        '00.10',
        '.5',
        '5.',
        '',
        '-1',
        '+2',
        '1e3',
        ' 7 ',
        '9999999999.99999999',
        '99999999999',
        'x',
      ]),
  ])()
}

const DATES = [
  '03/10/2014',
  '04/05/2014',
  '04/06/2014',
  '10/05/2014',
  '01/01/1970',
  '02/29/2016',
  '02/30/2014',
  '13/01/2014',
  '3/1/2014',
]
const date = (below: Below) =>
  below(10) > 0 ? oneOf(below, DATES) : `${two(below, 0, 14)}/${two(below, 0, 33)}/${1965 + below(140)}`
const clock = (below: Below) =>
  below(20) > 0
    ? `${two(below, 0, 25)}:${two(below, 0, 61)}:${two(below, 0, 61)}.${String(below(1_000)).padStart(3, '0')}`
    : oneOf(below, [
        '10:00:00',
        '10:00:00.1',
        '10:00:00.123456',
        '1:00:00.000',
        '02:30:00.000',
        'xx:00:00.000',
        '10:00:0x.000',
      ])
const word = (below: Below) =>
  below(4) > 0 ? '' : oneOf(below, ['0', '3', 'X', 'CXA', '17', ' X', 'é', '"q"', 'a b', 'XT;P', 'x'.repeat(70), '|'])

function line(below: Below, kind: 'trades' | 'quotes'): string {
  const fields = [date(below), clock(below)]
  const count = kind === 'trades' ? 2 : 4
  for (let i = 0; i < count; i++) fields.push(decimal(below))
  if (kind === 'trades') for (let i = 0; i < 3; i++) fields.push(word(below))
  if (below(50) === 0) fields.pop()
  if (below(50) === 0) fields.push('')
  return fields.join(',')
}

for (const kind of ['trades', 'quotes'] as const) {
  test(`${ROWS} ${kind}: columns say what the parser says, and their records are those of contracts; seed ${SEED}`, (t) => {
    const below = seeded(SEED + kind.length)
    const texts = Array.from({ length: ROWS }, () => line(below, kind))
    const lines = new LineSplitter().push(Buffer.from(texts.map((text) => `${text}\r\n`).join('')))
    assert.equal(lines.count, ROWS)
    const columns = (kind === 'trades' ? scanTrades : scanQuotes)(ASX.zone)(lines)
    const ids = identity(ASX.exchange, kind === 'trades' ? 'trade' : 'quote', 'BHP')
    const writers = SUBJECTS.map((subject) => (kind === 'trades' ? tradeWriter : quoteWriter)({ venue: ASX, subject }))
    let read = 0
    for (const [i, text] of texts.entries()) {
      if (columns.isRead[i] === 0) continue
      read++
      const row = kind === 'trades' ? parseTrade(text, ASX.zone) : parseQuote(text, ASX.zone)
      assert.ok(!('reason' in row), `${text} is read and refused`)
      assert.equal(columns.timestampMicros[i], row.timestampMicros, text)
      assert.equal(columns.tradingDay[i], row.tradingDay, text)
      assert.equal(columns.contentHash[i], contentHash('venue' in row ? tradeContent(row) : quoteContent(row)), text)
      const sequence = 1 + below(3_000_000)
      const id = new Uint32Array(4)
      const ordinal = below(16_384)
      const ms = Math.floor(row.timestampMicros / 1_000)
      ids.words(ms, columns.contentHash[i]!, ordinal, id)
      const messageId = ids.unnumbered(ms, columns.contentHash[i]!, ordinal)
      const which = below(2)
      const subject = SUBJECTS[which]!
      const out = new Outgoing(frame)
      writers[which]!(out.keyed(subject.symbol), columns, i, lines.bytes, id, sequence, INGESTED)
      const rest = [ASX, subject, messageId, BigInt(sequence), INGESTED] as const
      const wanted =
        'venue' in row ? encodeRecord('trades', tradeOf(row, ...rest)) : encodeRecord('quotes', quoteOf(row, ...rest))
      const [{ key, value }] = out.take() as [{ key: string; value: Uint8Array }]
      assert.equal(key, subject.symbol)
      assert.deepEqual(Buffer.from(value), Buffer.concat([frame, wanted]), text)
    }
    t.diagnostic(`${read} of ${ROWS} rows were read into columns`)
    assert.ok(read > ROWS / 50 && read < ROWS)
  })
}

// biome-ignore format: a table reads by its columns
const usual: [line: string, kind: 'trades' | 'quotes'][] = [
  ['03/10/2014,07:57:14.754,36.667,20000,3,X,',      'trades'],
  ['03/10/2014,07:57:14.754,36.667,20000,0,,',       'trades'],
  ['03/10/2014,05:43:45.676,37.7,0.0,300,0',         'quotes'],
  ['03/10/2014,05:43:45.676,1,2,1000000001,9999999999', 'quotes'],
]
for (const [text, kind] of usual) {
  test(`"${text}" needs no parser`, () => {
    const lines = new LineSplitter().push(Buffer.from(`${text}\n`))
    const columns = (kind === 'trades' ? scanTrades : scanQuotes)(ASX.zone)(lines)
    assert.equal(columns.isRead[0], 1)
    assert.deepEqual(
      [columns.tops.length / columns.isRead.length, columns.textEnds.length / columns.isRead.length],
      [DECIMALS_MAX, TEXTS_MAX],
    )
  })
}
