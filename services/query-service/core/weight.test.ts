import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Level } from '@k2/contracts/degradation.ts'
import { aggregationsQuestion } from './aggregations.ts'
import { asOfQuestion } from './as-of.ts'
import { ohlcvQuestion } from './bars.ts'
import { gapsQuestion } from './gaps.ts'
import { degradationQuestion, type Question, statsQuestion, symbolsQuestion, tradesQuestion } from './question.ts'
import { checkStream, checkWeight } from './weight.ts'

// Answered at the levels NORMAL SOFT GRACEFUL AGGRESSIVE CIRCUIT_BREAK.
// biome-ignore format: a table reads by its columns
const rows: [name: string, question: Question, answered: string][] = [
  ['a few trades of a symbol',        tradesQuestion({ symbol: 'BHP', limit: '100' }, 0),            '11111'],
  ['more than a hundred',             tradesQuestion({ symbol: 'BHP', limit: '101' }, 0),            '11110'],
  ['a thousand',                      tradesQuestion({ symbol: 'BHP', limit: '1000' }, 0),           '11110'],
  ['more than a thousand',            tradesQuestion({ symbol: 'BHP', limit: '1001' }, 0),           '11100'],
  ['five thousand',                   tradesQuestion({ symbol: 'BHP', limit: '5000' }, 0),           '11100'],
  ['more than five thousand',         tradesQuestion({ symbol: 'BHP', limit: '5001' }, 0),           '11000'],
  ['trades of all symbols',           tradesQuestion({ limit: '10' }, 0),                            '11110'],
  ['bars of a symbol',                ohlcvQuestion({ symbol: 'BHP', timeframe: '1m', limit: '60' }, 0), '11111'],
  ['an aggregation',                  aggregationsQuestion({ symbol: 'BHP', limit: '10' }, 0),       '11100'],
  ['an as-of join',                   asOfQuestion({ symbol: 'BHP', limit: '10' }, 0),               '11100'],
  ['gaps',                            gapsQuestion({ symbol: 'BHP', limit: '10' }, 0),               '11100'],
  ['symbols',                         symbolsQuestion({}, 0),                                        '11100'],
  ['how things stand',                statsQuestion({}),                                             '11111'],
  ['the level itself',                degradationQuestion({}),                                       '11111'],
]
for (const [name, question, answered] of rows) {
  test(name, () => {
    for (const [level, is] of [...answered].entries()) {
      const check = () => checkWeight(question, level as Level)
      if (is === '1') assert.doesNotThrow(check, `level ${level}`)
      else assert.throws(check, { code: 'OVERLOADED', details: { level, retryAfterSeconds: 30 } }, `level ${level}`)
    }
  })
}

test('from AGGRESSIVE on no replay begins, and follows go on', () => {
  assert.doesNotThrow(() => checkStream({ stream: 'replay' }, 2))
  assert.throws(() => checkStream({ stream: 'replay' }, 3), { code: 'OVERLOADED' })
  assert.doesNotThrow(() => checkStream({ stream: 'follow' }, 4))
})
