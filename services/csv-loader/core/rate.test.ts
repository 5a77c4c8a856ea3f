import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateLimit } from './rate.ts'

test('rows come one step apart, and rest is not saved up', () => {
  const limit = rateLimit(100)
  const waits = [0, 0, 5, 1_000, 1_000].map((nowMs) => limit.take(nowMs))
  assert.deepEqual(waits, [10, 20, 25, 10, 20])
})
