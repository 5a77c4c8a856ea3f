import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Filter, WRONG_SHARE } from './filter.ts'
import { Index } from './index.ts'

test('what was noted is found from the floor on, however tables grow and forget', () => {
  const index = new Index()
  const seen = new Map<number, number[]>()
  let state = 7
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  let keep = 0
  for (let offset = 0; offset < 60_000; offset++) {
    const id = random(20_000)
    const mark = Math.imul(id, 0x9e3779b1) >>> 0
    if (offset % 1_000 === 0) keep = Math.max(keep, offset - 15_000)
    const floor = Math.max(keep, offset - random(15_000))
    const found: number[] = []
    index.note(mark, id, offset, floor, keep, found)
    const known = seen.get(id) ?? []
    assert.deepEqual(
      found.sort((a, b) => a - b),
      known.filter((one) => one >= floor),
    )
    seen.set(id, [...known, offset])
    if (offset === 30_000) index.forget(keep)
  }
  assert.ok(index.count >= 15_000)
  assert.ok(index.bytes / index.count < 14, `${index.bytes / index.count} bytes an id`)
  index.forget(60_000)
  assert.equal(index.count, 0)
})

test('a record that is noted twice stands there once, and is not before itself', () => {
  const index = new Index()
  const found: number[] = []
  for (let i = 0; i < 3; i++) index.note(1, 1, 5, 0, 0, found)
  assert.deepEqual([found, index.count], [[], 1])
  index.note(1, 1, 4, 0, 0, found)
  assert.deepEqual(found, [], 'nor before one in front of it')
})

test('a filter lacks nothing that it was given, forgets slices, and is wrong no more often than promised', () => {
  const filter = new Filter()
  const words = new Uint32Array(4)
  const idOf = (number: number) => {
    words.set([1, 0x8000, 0x8000_0000, number])
    return words
  }
  const perSlice = 30_000
  for (let slice = 0; slice < 5; slice++)
    for (let i = 0; i < perSlice; i++) filter.add(slice, idOf(slice * perSlice + i), 0)
  for (let i = 0; i < 5 * perSlice; i++) assert.ok(filter.mayHave(idOf(i), 0))
  const asked = 200_000
  let wrong = 0
  for (let i = 0; i < asked; i++) if (filter.mayHave(idOf(1_000_000 + i), 0)) wrong++
  assert.ok(wrong / asked <= WRONG_SHARE, `${wrong} of ${asked}`)
  filter.forget([0])
  let left = 0
  for (let i = 0; i < perSlice; i++) if (filter.mayHave(idOf(i), 0)) left++
  assert.ok(left / perSlice <= WRONG_SHARE)
  assert.ok(filter.mayHave(idOf(perSlice), 0))
})
