import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Level, levelName } from '@k2/contracts/degradation.ts'
import type { Signals, Standing } from '@k2/shedding/state.ts'
import { DEFAULT_THRESHOLDS, demanded, faultsOf, START, step, type Thresholds } from './level.ts'

const at = (signals: Partial<Signals>): Signals => ({
  lagRecords: 0,
  heapShare: 0,
  behindSeconds: 0,
  isPartial: false,
  ...signals,
})
const standing = (level: Level, calmSinceMs: number | null = null): Standing => ({
  level,
  sinceMs: 0,
  calmSinceMs,
  cause: 'before',
})

// biome-ignore format: a table reads by its columns
const triggers: [signals: Partial<Signals>, Level][] = [
  [{},                                      0],
  [{ lagRecords: 99_999 },                  0],
  [{ lagRecords: 100_000 },                 1],
  [{ lagRecords: 499_999 },                 1],
  [{ lagRecords: 500_000 },                 2],
  [{ lagRecords: 999_999 },                 2],
  [{ lagRecords: 1_000_000 },               3],
  [{ lagRecords: 4_999_999 },               3],
  [{ lagRecords: 5_000_000 },               4],
  [{ heapShare: 0.6999 },                   0],
  [{ heapShare: 0.7 },                      1],
  [{ heapShare: 0.7999 },                   1],
  [{ heapShare: 0.8 },                      2],
  [{ heapShare: 0.8999 },                   2],
  [{ heapShare: 0.9 },                      3],
  [{ heapShare: 0.9499 },                   3],
  [{ heapShare: 0.95 },                     4],
  [{ lagRecords: 100_000, heapShare: 0.9 }, 3],
  [{ lagRecords: 5e6, heapShare: 0.7 },     4],
  [{ behindSeconds: 1e9 },                  0],
]
for (const [signals, level] of triggers) {
  test(`${JSON.stringify(signals)} demands ${levelName(level)}, from any lower level, at once`, () => {
    assert.equal(demanded(at(signals), DEFAULT_THRESHOLDS).level, level)
    for (let from = 0; from < level; from++) {
      const next = step(standing(from as Level), at(signals), DEFAULT_THRESHOLDS, 7)
      assert.deepEqual([next.level, next.sinceMs, next.calmSinceMs], [level, 7, null])
    }
  })
}

test('seconds behind set the level where they have triggers', () => {
  const thresholds = { ...DEFAULT_THRESHOLDS, behindSeconds: [10, 60, 300, 900] }
  assert.equal(demanded(at({ behindSeconds: 59.9 }), thresholds).level, 1)
  assert.equal(demanded(at({ behindSeconds: 60 }), thresholds).level, 2)
})

// biome-ignore format: a table reads by its columns
const falls: [name: string, from: Level, calmSinceMs: number | null, signals: Partial<Signals>, nowMs: number, to: Level, calmSince: number | null][] = [
  ['lag at half of the trigger is not calm',        2, null, { lagRecords: 250_000 },                   1_000,  2, null],
  ['lag below half of the trigger is calm',         2, null, { lagRecords: 249_999 },                   1_000,  2, 1_000],
  ['heap at the trigger is not calm',               2, null, { heapShare: 0.8 },                        1_000,  2, null],
  ['heap below the trigger is calm',                2, null, { heapShare: 0.7999 },                     1_000,  2, 1_000],
  ['calm, and the cooldown not over',               2, 1_000, {},                                       30_999, 2, 1_000],
  ['calm for the cooldown: one level down',         2, 1_000, {},                                       31_000, 1, null],
  ['one level only, however calm',                  4, 1_000, {},                                       99_000, 3, null],
  ['what is not calm begins anew',                  2, 1_000, { lagRecords: 250_000 },                  30_000, 2, null],
  ['who has not told may be in need',               2, 1_000, { isPartial: true },                      99_000, 2, null],
  ['each level has its own line: 3',                3, 1_000, { lagRecords: 499_999 },                  31_000, 2, null],
  ['each level has its own line: 1',                1, 1_000, { lagRecords: 50_000 },                   31_000, 1, null],
  ['from SOFT to NORMAL',                           1, 1_000, { lagRecords: 49_999, heapShare: 0.6999 }, 31_000, 0, null],
  ['NORMAL is the end of it',                       0, null,  {},                                       99_000, 0, null],
]
for (const [name, from, calmSinceMs, signals, nowMs, to, calmSince] of falls) {
  test(name, () => {
    const next = step(standing(from, calmSinceMs), at(signals), DEFAULT_THRESHOLDS, nowMs)
    assert.deepEqual([next.level, next.calmSinceMs], [to, calmSince])
    assert.equal(next.cause === 'before', from === to, 'each transition has its own cause')
  })
}

test('a cause says what was seen, and which trigger it met', () => {
  const { cause } = demanded(at({ lagRecords: 612_000 }), DEFAULT_THRESHOLDS)
  assert.equal(cause, 'lag 612,000 records, at or above lag 500,000 records')
})

// biome-ignore format: a table reads by its columns
const wrong: [name: string, Partial<Thresholds>, RegExp[]][] = [
  ['too few',             { lagRecords: [1, 2, 3] },              [/has 3 triggers: it takes 4/]],
  ['not ascending',       { lagRecords: [1, 3, 2, 4] },           [/enters AGGRESSIVE at 2, and GRACEFUL at 3/]],
  ['two alike',           { heapShare: [0.1, 0.2, 0.2, 0.3] },    [/enters AGGRESSIVE at 0.2/]],
  ['zero',                { lagRecords: [0, 1, 2, 3] },           [/enters SOFT at 0/]],
  ['more than all heap',  { heapShare: [0.7, 0.8, 0.9, 1.1] },    [/enters CIRCUIT_BREAK at 1.1/]],
  ['no number',           { heapShare: [0.7, Number.NaN, 0.9, 1] }, [/enters GRACEFUL at NaN/]],
  ['calm at the trigger', { calmShare: 1 },                       [/between 0 and 1/]],
  ['no cooldown',         { cooldownMs: 0 },                      [/cooldown/]],
  ['all at once',         { lagRecords: [], calmShare: 0, cooldownMs: -1, behindSeconds: [2, 1, 3, 4] },
    [/lag in records/, /seconds behind enters GRACEFUL/, /between 0 and 1/, /cooldown/]],
]
for (const [name, change, sentences] of wrong) {
  test(`thresholds that are refused: ${name}`, () => {
    const faults = faultsOf({ ...DEFAULT_THRESHOLDS, ...change })
    assert.equal(faults.length, sentences.length, faults.join('\n'))
    for (const [i, sentence] of sentences.entries()) assert.match(faults[i]!, sentence)
  })
}

test('the default thresholds have no fault', () => assert.deepEqual(faultsOf(DEFAULT_THRESHOLDS), []))

/** mulberry32: small, and the same everywhere. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test('on any course of signals no rise is missed, and no step down comes sooner than a cooldown of calm', (t) => {
  const seed = process.pid * 7_919 + (Date.now() % 7_919)
  t.diagnostic(`seed ${seed}`)
  const random = randomOf(seed)
  let [rises, falls] = [0, 0]
  for (let course = 0; course < 200; course++) {
    let is: Standing = START
    let nowMs = 0
    let movedMs = 0
    let unrestMs = 0
    for (let i = 0; i < 200; i++) {
      nowMs += Math.floor(random() * 9_000)
      const signals = at({ lagRecords: 10 ** (random() * 7.2), heapShare: random() ** 3, isPartial: random() < 0.02 })
      const calmer = random() < 0.96 ? { lagRecords: 10, heapShare: 0.1 } : {}
      const seen = { ...signals, ...calmer }
      const before = is
      is = step(before, seen, DEFAULT_THRESHOLDS, nowMs)
      const wants = demanded(seen, DEFAULT_THRESHOLDS).level
      assert.ok(is.level >= wants, `seed ${seed}: at ${is.level} where ${wants} is demanded`)
      const trigger = DEFAULT_THRESHOLDS.lagRecords[before.level - 1]
      const isQuiet =
        !seen.isPartial &&
        trigger !== undefined &&
        seen.lagRecords < trigger / 2 &&
        seen.heapShare < DEFAULT_THRESHOLDS.heapShare[before.level - 1]!
      if (!isQuiet) unrestMs = nowMs
      if (is.level < before.level) {
        falls++
        assert.equal(is.level, before.level - 1, `seed ${seed}: more than a step down`)
        assert.ok(nowMs - movedMs >= 30_000, `seed ${seed}: down ${nowMs - movedMs} ms after it moved`)
        assert.ok(nowMs - unrestMs >= 30_000, `seed ${seed}: down ${nowMs - unrestMs} ms after unrest`)
      }
      if (is.level > before.level) rises++
      if (is.level > before.level) assert.equal(is.level, wants, `seed ${seed}: higher than demanded`)
      if (is.level !== before.level) {
        movedMs = nowMs
        unrestMs = nowMs
      }
    }
  }
  assert.ok(rises > 100 && falls > 100, 'the courses move')
})
