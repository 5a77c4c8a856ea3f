/** Which quotes go out, by what the level of degradation defers and by how the log keeps up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Level } from '@k2/contracts/degradation.ts'
import { Outgoing } from '@k2/contracts/records/outgoing.ts'
import { manualClock } from '@k2/service/clock.ts'
import { policyAt } from '@k2/shedding/policy.ts'
import { PRESETS, type SheddingRules } from '@k2/shedding/priority.ts'
import { type Subject, Subjects, subjectOf } from './core/subject.ts'
import { BINANCE, topicsOf } from './core/venue.ts'
import { Intake, type IntakeParts } from './intake.ts'

const SYMBOLS = ['BTCUSDT', 'BNBUSDT', 'DOGEUSDT'] // tier 1, tier 2, no tier
const RULES: SheddingRules = {
  tiers: { BINANCE: { critical: ['BTCUSDT'], high: ['BNBUSDT'] } },
  lines: PRESETS.standard,
}

function intakeOf() {
  const subjects = new Subjects(
    SYMBOLS.map((symbol, i) => subjectOf('BINANCE', 'trade', { symbol, currency: 'USDT' }, i)),
  )
  const written: string[] = []
  const out = new Outgoing(new Uint8Array(0))
  const state = { bytes: 0, conflated: 0 }
  const lane = {
    out: () => out,
    wrote: ({ symbol }: Subject, id: number) => void written.push(`${symbol} ${id}`),
    spooledBytes: 0,
    isFull: false,
    get bytes() {
      return state.bytes
    },
  }
  const parts = {
    ...{ subjects, tradeKind: 'trade', streams: [], trades: { ...lane, bytes: 0 }, quotes: lane, clock: manualClock() },
    metrics: { conflated: { add: () => state.conflated++ } },
    quoteBytesMax: 100,
  }
  const intake = new Intake(parts as unknown as IntakeParts)
  let id = 0
  return {
    ...{ intake, state },
    at: (level: Level) => {
      const policy = policyAt(RULES, level)
      intake.thin(({ symbol }) => policy.defers(topicsOf(BINANCE).quotes, symbol))
    },
    /** So many of each symbol, in turn. */
    receive(times: number) {
      for (let i = 0; i < times; i++)
        for (const s of SYMBOLS)
          intake.message(Buffer.from(`{"u":${++id},"s":"${s}","b":"1","B":"1","a":"2","A":"1"}`), 'ws://venue')
    },
    went: () => written.splice(0),
  }
}

const countOf = (went: readonly string[]) => SYMBOLS.map((one) => went.filter((line) => line.startsWith(one)).length)

// biome-ignore format: a table reads by its columns
const levels: [level: Level, atOnce: number[], withFlush: number[], conflated: number][] = [
  [0, [3, 3, 3], [3, 3, 3], 0],
  [1, [3, 3, 3], [3, 3, 3], 0],
  [2, [3, 3, 3], [3, 3, 3], 0],
  [3, [3, 3, 0], [3, 3, 1], 2],
  [4, [3, 0, 0], [3, 1, 1], 4],
]

for (const [level, atOnce, withFlush, conflated] of levels) {
  test(`of three quotes of a symbol of each tier, level ${level} sends ${withFlush}`, () => {
    const { intake, state, at, receive, went } = intakeOf()
    at(level)
    receive(3)
    const first = went()
    assert.deepEqual(countOf(first), atOnce)
    intake.flushQuotes()
    const rest = went()
    assert.deepEqual(countOf([...first, ...rest]), withFlush)
    assert.equal(state.conflated, conflated)
    // The last one of each, and never one before another.
    for (const line of rest) assert.match(line, / (8|9)$/)
  })
}

test('the last one of before goes out when the level has fallen, and before those that come then', () => {
  const { intake, at, receive, went } = intakeOf()
  at(3)
  receive(2)
  at(0)
  receive(1)
  intake.flushQuotes()
  receive(1)
  assert.deepEqual(
    went().filter((line) => line.startsWith('DOGEUSDT')),
    ['DOGEUSDT 9', 'DOGEUSDT 12'],
  )
})

test('a slow log thins out all of them, whatever the level', () => {
  const { intake, state, at, receive, went } = intakeOf()
  at(0)
  state.bytes = 101
  receive(2)
  intake.flushQuotes()
  assert.deepEqual(went(), [])
  state.bytes = 0
  intake.flushQuotes()
  assert.deepEqual(went(), ['BTCUSDT 4', 'BNBUSDT 5', 'DOGEUSDT 6'])
})
