import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstWindow, isLast, nextWindow, together, windowAhead } from './windows.ts'

// biome-ignore format: a table reads by its columns
const firsts: [name: string, rows: number, width: number][] = [
  ['as many as are wanted: all at once', 100,       1_000],
  ['one more',                           101,       990],
  ['ten times as many',                  1_000,     100],
  ['never less than a microsecond',      1_000_000, 1],
]
for (const [name, rows, width] of firsts) {
  test(`the first window: ${name}`, () => {
    const window = firstWindow({ fromMicros: 500, toMicros: 1_500, rows }, 100)
    assert.deepEqual(window, { fromMicros: 500, widthMicros: width, untilMicros: 1_500 })
    assert.equal(isLast(window), rows <= 100)
  })
}

// Of 1,000 µs from 500 on.
// biome-ignore format: a table reads by its columns
const nexts: [name: string, rows: number, cutAt: number | undefined, from: number, width: number][] = [
  ['as it was',                          100,    undefined, 1_500, 1_000],
  ['half as many are to come',           200,    undefined, 1_500, 500],
  ['twice as many',                      50,     undefined, 1_500, 2_000],
  ['few: not much wider at once',        1,      undefined, 1_500, 8_000],
  ['none: wider',                        0,      undefined, 1_500, 8_000],
  ['cut: from the last row on',          100,    699,       699,   200],
  ['a burst within its first microsecond', 10_000, 500,     500,   1],
]
for (const [name, rows, cutAt, fromMicros, widthMicros] of nexts) {
  test(`the next window: ${name}`, () => {
    const window = { fromMicros: 500, widthMicros: 1_000, untilMicros: 9_000 }
    assert.deepEqual(nextWindow(window, rows, cutAt, 100), { fromMicros, widthMicros, untilMicros: 9_000 })
  })
}

test('behind the last window there is none, unless it was cut', () => {
  const window = { fromMicros: 500, widthMicros: 1_000, untilMicros: 1_500 }
  assert.equal(nextWindow(window, 5, undefined, 100), undefined)
  assert.equal(nextWindow(window, 5, 800, 100)?.fromMicros, 800)
})

test('places without rows have no part in where rows may lie', () => {
  const [a, b] = [
    { fromMicros: 5, toMicros: 9, rows: 2 },
    { fromMicros: 1, toMicros: 6, rows: 3 },
  ]
  assert.deepEqual(together([a, { fromMicros: 0, toMicros: 99, rows: 0 }, b]), { fromMicros: 1, toMicros: 9, rows: 5 })
  assert.equal(together([]), undefined)
})

test('the window ahead begins where the next one does', () => {
  const window = { fromMicros: 500, widthMicros: 400, untilMicros: 1_500 }
  assert.equal(windowAhead(window)!.fromMicros, nextWindow(window, 70, undefined, 100)!.fromMicros)
  assert.equal(windowAhead({ ...window, fromMicros: 1_100 }), undefined)
})
