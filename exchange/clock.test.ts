import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manualClock } from '@k2/service/clock.ts'
import { fasterClock, skewed } from './clock.ts'

test('a faster clock goes on from where it began, and its sleepers wake so much sooner', async () => {
  const clock = manualClock(5_000)
  await clock.advance(250)
  const fast = fasterClock(clock, 100)
  assert.equal(fast.nowMs(), 5_250)
  let woke = false
  const sleeping = fast.sleep(1_000).then(() => {
    woke = true
  })
  await clock.advance(9)
  assert.equal(woke, false)
  await clock.advance(1)
  assert.equal(woke, true)
  assert.equal(fast.nowMs(), 6_250)
  assert.equal(fast.nowMicros(), 6_250_000)
  await sleeping
})

test('a faster clock may begin elsewhere', async () => {
  const clock = manualClock(5_000)
  const fast = fasterClock(clock, 2, 1_000)
  await clock.advance(3)
  assert.equal(fast.nowMs(), 1_006)
})

test('a skewed clock is ahead or behind', async () => {
  const clock = manualClock(5_000)
  assert.equal(skewed(clock, 30).nowMs(), 5_030)
  assert.equal(skewed(clock, -30).nowMicros(), 4_970_000)
})
