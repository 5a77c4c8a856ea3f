import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backwards, Window } from './window.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

// biome-ignore format: a table reads by its columns
const ROWS: readonly [what: string, minutes: readonly number[], floor: number][] = [
  ['nothing is forgotten within the window',           [0, 1, 30, 60],           0],
  ['nor at its end, to the tick',                      [0, 60.9],                0],
  ['one tick later it is',                             [0, 61],                  1],
  ['each record on its own',                           [0, 10, 20, 75],          2],
  ['a step back within the window forgets nothing',    [50, 0, 55],              0],
  ['a slow clock makes all before it forgotten',       [100, 110, 10, 111],      3],
  ['and not before a later record shows it',           [100, 110, 10],           0],
  ['a fast clock makes all before it forgotten',       [0, 1, 500, 2],           2],
  ['and the next ones are remembered beside it',       [0, 1, 500, 2, 3, 40],    2],
  ['what is forgotten does not come back',             [0, 500, 3, 4],           1],
  ['a window after a long silence',                    [0, 10_000],              1],
]

for (const [what, minutes, floor] of ROWS) {
  test(what, () => {
    const window = Window.of(HOUR, 0)
    for (const [offset, minute] of minutes.entries()) window.see(offset, minute * MINUTE)
    assert.equal(window.floor, floor)
    assert.deepEqual(backwards(minutes.map((minute) => minute * MINUTE)), window)
  })
}

function backwards(times: readonly number[]): Window {
  const walk = new Backwards(HOUR)
  return walk.window(times.findLastIndex((timeMs, offset) => !walk.isRemembered(offset, timeMs)) + 1)
}

test('both ends say the same of random times, and the floor never falls', () => {
  for (let seed = 1; seed <= 200; seed++) {
    let state = seed
    const random = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return state / 2 ** 32
    }
    const window = Window.of(HOUR, 0)
    const times: number[] = []
    let timeMs = 0
    for (let offset = 0; offset < 200; offset++) {
      timeMs += (random() - (random() < 0.1 ? 0.9 : 0.1)) * HOUR * (random() < 0.05 ? 3 : 0.2)
      times.push(timeMs)
      const before = window.floor
      window.see(offset, timeMs)
      assert.ok(window.floor >= before)
      assert.deepEqual(backwards(times), window, `seed ${seed}, offset ${offset}`)
    }
  }
})
