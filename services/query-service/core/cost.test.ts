/** What is expected to be read of which files, and what a refusal says: questions as clients ask them, over files made up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import type { PlannedFile } from '@k2/lake/table.ts'
import { DAY_MICROS } from '@k2/market/instant.ts'
import { aggregationsQuestion } from './aggregations.ts'
import { asOfQuestion } from './as-of.ts'
import { ohlcvQuestion } from './bars.ts'
import { checkCost, filesAhead } from './cost.ts'
import { bytesIn } from './explain.ts'
import { gapsQuestion } from './gaps.ts'
import {
  type DataQuestion,
  queryTradesQuestion,
  type Raw,
  summaryQuestion,
  symbolsQuestion,
  tradesQuestion,
} from './question.ts'

const FIRST_DAY = Date.UTC(2014, 2, 10) / 86_400_000
const MIB = 2 ** 20

/** A day's file of a bucket: a hundred rows, 1 MiB, all over the day. */
function fileOf(day: number, bucket = 0, more: Partial<PlannedFile> = {}): PlannedFile {
  const lower = (FIRST_DAY + day) * DAY_MICROS
  const micros = { lower, upper: lower + DAY_MICROS - 1 }
  return { path: `${day}/${bucket}`, sizeBytes: MIB, rows: 100, day: FIRST_DAY + day, bucket, micros, ...more }
}

/** Ten days from 2014-03-10 on. */
const DAYS = Array.from({ length: 10 }, (_, day) => fileOf(day))
const BUCKETS = DAYS.flatMap((_, day) => [0, 1, 2].map((bucket) => fileOf(day, bucket)))
const UNTIMED = DAYS.map(({ micros: _, ...file }) => file)

const trades = (raw: Raw) => tradesQuestion(raw, 0)
const bars = (raw: Raw) => ohlcvQuestion({ timeframe: '1m', ...raw }, 0)
const groups = (raw: Raw) => aggregationsQuestion({ order: 'desc', ...raw }, 0)
const NEWEST = { order: 'desc', symbol: 'BHP' }

// biome-ignore format: a table reads by its columns
const aheads: [name: string, question: DataQuestion, files: readonly PlannedFile[], read: number][] = [
  ['a page of the newest',                  trades({ ...NEWEST, limit: '99' }),                DAYS,    1],
  ['whether there are more is in the next', trades({ ...NEWEST, limit: '100' }),               DAYS,    2],
  ['a page of the oldest',                  trades({ order: 'asc', limit: '250' }),            DAYS,    3],
  ['more than there are',                   trades({ ...NEWEST, limit: '10000' }),             DAYS,    10],
  ['of several files of a day all',         trades({ ...NEWEST, limit: '99' }),                BUCKETS, 3],
  ['files that say no times',               trades({ ...NEWEST, limit: '99' }),                UNTIMED, 10],
  ['rows that are left out',                queryTradesQuestion({ order: 'desc', limit: '99', offset: '200' }, 0), DAYS, 3],
  ['ranges are in the plan already',        queryTradesQuestion({ order: 'desc', limit: '99', range: '2014-03-10/2014-03-11' }, 0), DAYS, 1],
  ['a condition may let nothing through',   trades({ ...NEWEST, limit: '99', trade_conditions: 'XT' }), DAYS, 10],
  ['gaps are counted among all',            trades({ ...NEWEST, limit: '99', gaps: 'true' }),  DAYS,    10],
  ['an as-of join is of a page',            asOfQuestion({ ...NEWEST, limit: '99' }, 0),       DAYS,    1],
  ['bars are of all trades',                bars({ ...NEWEST, limit: '1' }),                   DAYS,    10],
  ['so are groups',                         aggregationsQuestion({ symbol: 'BHP', limit: '1' }, 0), DAYS, 10],
  ['and gaps',                              gapsQuestion({ symbol: 'BHP', limit: '1' }, 0),    DAYS,    10],
  ['nothing',                               trades(NEWEST),                                    [],      0],
]
for (const [name, question, files, read] of aheads)
  test(`${name}: ${read} of ${files.length} files`, () => assert.equal(filesAhead(question, files).length, read))

test('of the newest page they are the newest, whatever their order', () => {
  const ahead = (raw: Raw) => filesAhead(trades({ limit: '150', ...raw }), DAYS).map(({ path }) => path)
  assert.deepEqual(ahead({ order: 'desc' }), ['9/0', '8/0'])
  assert.deepEqual(ahead({ order: 'asc' }), ['0/0', '1/0'])
})

const FROM = 'start_time=2014-03-17'
const UP_TO = 'end_time=2014-03-13'
const SPAN = 'it spans 2014-03-10 to 2014-03-19.'
const said = (text: string) => new RegExp(text.replaceAll('.', '\\.'))
const closed = { symbol: 'BHP', start_time: '2014-03-10', end_time: '2014-03-20' }

// biome-ignore format: a table reads by its columns
const limits: [name: string, question: DataQuestion, files: readonly PlannedFile[], mib: number, told: RegExp | undefined][] = [
  ['as much as it may',                 bars(NEWEST),                       DAYS,    10, undefined],
  ['no limit',                          bars(NEWEST),                       DAYS,    0,  undefined],
  ['a byte beyond it',                  bars(NEWEST),                       DAYS,    10 - 1 / MIB, /10 data files of 10 MiB, and K2_QUERY_BYTES_MAX lets it read 10\.0 MiB/],
  ['an open range',                     bars(NEWEST),                       DAYS,    3,  said(`Without start_time and end_time ${SPAN} Ask for less: with ${FROM} it reads 3 MiB.$`)],
  ['one that has no end',               bars({ ...NEWEST, start_time: '2014-03-10' }), DAYS, 3, said(`Without end_time ${SPAN}`)],
  ['one that has both',                 bars(closed),                       DAYS,    3,  said(`lets it read 3 MiB. Ask for less: with `)],
  ['one from the oldest on',            bars({ ...NEWEST, order: 'asc' }),  DAYS,    3,  said(`Ask for less: with ${UP_TO} it reads 3 MiB.$`)],
  ['all symbols',                       groups({}),                         BUCKETS, 9,  said(`with ${FROM} it reads 9 MiB.$`)],
  ['all symbols, where one is enough',  groups({}),                         BUCKETS, 12, said(`it reads 12 MiB; with one symbol it reads 10 MiB at most.$`)],
  ['all symbols of a day',              groups({ start_time: '2014-03-10', end_time: '2014-03-11' }), BUCKETS.slice(0, 3), 1, said(`Ask for less: with one symbol it reads 1 MiB at most.$`)],
  ['too much either way',               groups({ ...closed, symbol: 'A,B' }), [fileOf(0, 0), fileOf(0, 1)], 0.5, said(`Ask for fewer symbols and a shorter time.$`)],
  ['a day of a symbol',                 bars(closed),                       [fileOf(0)], 0.5, /1 data file of 1 MiB, .* 512 KiB\. Ask for a shorter time; .* has to be raised\.$/],
  ['a summary has no times',            summaryQuestion({ symbol: 'BHP', date: '2014-03-10' }, 0), DAYS.slice(0, 2), 1, said(`Ask for a shorter time; `)],
  ['ranges are not times',              queryTradesQuestion({ range: '2014-03-10/2014-03-20', min_price: '1' }, 0), DAYS, 3, said(`lets it read 3 MiB. Ask for a shorter time; `)],
  ['files of no day',                   bars(NEWEST),                       DAYS.map((file) => ({ ...file, day: null })), 3, said(`lets it read 3 MiB. Ask for a shorter time; `)],
  ['files of no bucket',                bars(NEWEST),                       DAYS.map((file) => ({ ...file, bucket: undefined })), 3, said(`Ask for less: with ${FROM} it reads 3 MiB.$`)],
  ['its cost is asked for',             bars({ ...NEWEST, explain: 'true' }), DAYS,  3,  undefined],
  ['a later page',                      bars({ ...NEWEST, cursor: 'abc' }), DAYS,    3,  undefined],
  ['a list of symbols',                 symbolsQuestion({}, 0),             DAYS,    3,  undefined],
]
for (const [name, question, files, mib, told] of limits) {
  test(`${name}, of ${mib} MiB: ${told === undefined ? 'answered' : 'refused'}`, () => {
    const bytesMax = mib * MIB
    const check = () => checkCost(question, files, bytesMax)
    if (told === undefined) return assert.doesNotThrow(check)
    assert.throws(check, (error: unknown) => {
      assert.ok(error instanceof K2Error)
      assert.match(error.message, told)
      assert.deepEqual(
        [error.code, error.retry, error.details],
        ['QUESTION_TOO_LARGE', 'never', { bytes: bytesIn(files), bytesMax, files: files.length }],
      )
      return true
    })
  })
}
