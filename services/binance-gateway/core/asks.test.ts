import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Asks } from './asks.ts'

test('few are sent at a time, and each until it is answered', () => {
  const asks = new Asks(['a', 'b', 'c'])
  assert.deepEqual([asks.due(2, 0), asks.areSent], [['a', 'b'], false])
  assert.deepEqual([asks.due(2, 1_000), asks.areSent], [['c'], true])
  asks.answered(1)
  asks.answered(3)
  assert.deepEqual(asks.due(2, 9_999), [])
  assert.deepEqual(asks.due(2, 10_000), ['b'])
})

test('one that is refused is asked again, less and less often', () => {
  const asks = new Asks(['a'])
  let nowMs = 0
  for (const pauseMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    assert.deepEqual(asks.due(2, nowMs), ['a'])
    asks.refused(1, nowMs)
    assert.deepEqual(asks.due(2, nowMs + pauseMs - 1), [])
    nowMs += pauseMs
  }
  asks.refused(7, nowMs)
  asks.answered(1)
  assert.deepEqual(asks.due(2, nowMs), [])
})
