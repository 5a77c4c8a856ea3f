import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GAPS_MAX, Ledger, type LedgerState, type Verdict } from './ledger.ts'

const OPEN: LedgerState = { next: 10, gaps: [{ from: 3, to: 6 }] }

// biome-ignore format: a table reads by its columns
const rows: [name: string, before: LedgerState, id: number, Verdict, after: LedgerState][] = [
  ['a feed begins anywhere',          { next: null, gaps: [] }, 7,  'first',  { next: 8, gaps: [] }],
  ['an id of 0 is one',               { next: null, gaps: [] }, 0,  'first',  { next: 1, gaps: [] }],
  ['the next one',                    OPEN,                     10, 'next',   { next: 11, gaps: OPEN.gaps }],
  ['a jump opens a gap',              OPEN,                     12, 'jump',   { next: 13, gaps: [...OPEN.gaps, { from: 10, to: 12 }] }],
  ['one that was there',              OPEN,                     9,  'repeat', OPEN],
  ['one before the first',            OPEN,                     1,  'repeat', OPEN],
  ['the first of a gap',              OPEN,                     3,  'filled', { next: 10, gaps: [{ from: 4, to: 6 }] }],
  ['the last of a gap',               OPEN,                     5,  'filled', { next: 10, gaps: [{ from: 3, to: 5 }] }],
  ['the middle of a gap',             OPEN,                     4,  'filled', { next: 10, gaps: [{ from: 3, to: 4 }, { from: 5, to: 6 }] }],
  ['behind a gap',                    OPEN,                     6,  'repeat', OPEN],
  ['all of a gap',                    { next: 5, gaps: [{ from: 3, to: 4 }] }, 3, 'filled', { next: 5, gaps: [] }],
]
for (const [name, before, id, verdict, after] of rows) {
  test(`${name}: ${verdict}`, () => {
    const ledger = new Ledger(before)
    assert.equal(ledger.judge(id), verdict)
    assert.equal(ledger.take(id), verdict)
    assert.deepEqual(ledger.state, after)
  })
}

test('what is skipped joins the gap before it', () => {
  const ledger = new Ledger({ next: 6, gaps: [{ from: 3, to: 6 }] })
  ledger.skipTo(9)
  ledger.skipTo(4)
  assert.deepEqual(ledger.state, { next: 9, gaps: [{ from: 3, to: 9 }] })
})

// biome-ignore format: a table reads by its columns
const opened: [name: string, gap: [number, number], gaps: [number, number][]][] = [
  ['apart from others',       [5, 6],   [[2, 4], [5, 6], [8, 9]]],
  ['before all',              [0, 1],   [[0, 1], [2, 4], [8, 9]]],
  ['behind one',              [4, 6],   [[2, 6], [8, 9]]],
  ['between two, to the end', [4, 8],   [[2, 9]]],
  ['within one',              [2, 3],   [[2, 4], [8, 9]]],
  ['over all',                [1, 9],   [[1, 9]]],
]
for (const [name, [from, to], gaps] of opened) {
  test(`what was lost on its way is a gap again: ${name}`, () => {
    const ledger = new Ledger({
      next: 10,
      gaps: [
        { from: 2, to: 4 },
        { from: 8, to: 9 },
      ],
    })
    ledger.open({ from, to })
    assert.deepEqual(ledger.state, { next: 10, gaps: gaps.map(([from, to]) => ({ from, to })) })
  })
}

test('of more gaps than are kept the oldest is told of', () => {
  const forgotten: number[] = []
  const ledger = new Ledger(undefined, ({ from, to }) => forgotten.push(from, to))
  for (let id = 0; id <= 2 * GAPS_MAX; id += 2) ledger.take(id)
  assert.deepEqual([ledger.gaps.length, forgotten], [GAPS_MAX, []])
  ledger.take(2 * GAPS_MAX + 10)
  assert.deepEqual([ledger.gaps.length, forgotten], [GAPS_MAX, [1, 2]])
  ledger.take(2 * GAPS_MAX + 5)
  assert.deepEqual([ledger.gaps.length, forgotten], [GAPS_MAX, [1, 2, 3, 4]])
})

test('ids in any order: what was not taken is a gap, and nothing is taken twice', () => {
  for (let seed = 1; seed <= 200; seed++) {
    let state = seed
    const random = (): number => {
      state = (Math.imul(state, 48_271) >>> 0) % 2_147_483_647
      return state / 2_147_483_647
    }
    const ledger = new Ledger()
    ledger.take(0)
    const taken = new Set([0])
    for (let i = 0; i < 60; i++) {
      const id = Math.floor(random() * 50)
      assert.equal(ledger.take(id) === 'repeat', taken.has(id), `seed ${seed}`)
      taken.add(id)
    }
    const missing = ledger.gaps.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))
    const expected = Array.from({ length: ledger.next }, (_, id) => id).filter((id) => !taken.has(id))
    assert.deepEqual(
      missing.toSorted((a, b) => a - b),
      expected,
      `seed ${seed}`,
    )
  }
})
