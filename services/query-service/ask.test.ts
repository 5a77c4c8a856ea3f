/** Which files an answer is expected to read, by where they lie and what is kept of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Plan, PlannedFile } from '@k2/lake/table.ts'
import { type AskPorts, expectedOf } from './ask.ts'
import { ohlcvQuestion } from './core/bars.ts'
import { type DataQuestion, tradesQuestion } from './core/question.ts'
import type { Part } from './prepare.ts'

/** A hundred rows and bytes each, one behind the other in time. */
const FILES = ['a', 'b', 'c'].map((path, i): PlannedFile => {
  return { path, sizeBytes: 100, rows: 100, day: i, bucket: 0, micros: { lower: i * 10, upper: i * 10 + 9 } }
})
const PART = { covered: { cuts: [], tail: [] } } as unknown as Part

const page = (limit: number) => tradesQuestion({ order: 'asc', limit: String(limit) }, 0)
const bars = (explain = false) => ohlcvQuestion({ timeframe: '1m', symbol: 'BHP', explain: String(explain) }, 0)

// biome-ignore format: a table reads by its columns
const rows: [name: string, question: DataQuestion, here: string, kept: string, bytesMax: number, read: string][] = [
  ['a page that is full with the first',         page(50),   'abc', '',   0,   'a'],
  ['what is not here is fetched, page or not',   page(50),   'ab',  '',   0,   'ac'],
  ['bars, where nobody needs to know',           bars(),     'abc', 'ab', 0,   'abc'],
  ['within the limit neither',                   bars(),     'abc', 'ab', 300, 'abc'],
  ['bars that may be too much',                  bars(),     'abc', 'ab', 299, 'c'],
  ['bars whose cost is asked for',               bars(true), 'abc', 'ab', 0,   'c'],
  ['bars of a file that is not here any more',   bars(),     'bc',  'ab', 299, 'ac'],
]
for (const [name, question, here, kept, readBytesMax, read] of rows) {
  test(`${name}: ${read}`, async () => {
    const worker = {
      async call(method: string, _: DataQuestion, { files }: { files: readonly string[] }) {
        assert.equal(method, 'fromBars')
        return files.filter((path) => kept.includes(path.replace('/here/', '')))
      },
    }
    const files = { here: ({ path }: PlannedFile) => (here.includes(path) ? `/here/${path}` : undefined) }
    const ports = { files, worker, readBytesMax } as unknown as AskPorts
    const expected = await expectedOf(ports, question, PART, { files: FILES } as unknown as Plan)
    assert.equal(expected.map(({ path }) => path).join(''), read)
  })
}
