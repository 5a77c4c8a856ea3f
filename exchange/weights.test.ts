import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BINANCE } from './venues.ts'
import { createWeights } from './weights.ts'

const MINUTE_MS = 60_000
const NOON_MS = Date.UTC(2026, 0, 1, 12)

test('6,000 a minute are allowed, and told with each answer', () => {
  const weights = createWeights(BINANCE.rules)
  const { headers, refusal } = weights.charge('a', 6_000, NOON_MS + 17_500)
  assert.equal(refusal, undefined)
  assert.deepEqual(headers, { 'x-mbx-used-weight': '6000', 'x-mbx-used-weight-1m': '6000' })
})

test('one more is a 429 with the seconds to the next minute, and the next minute is new', () => {
  const weights = createWeights(BINANCE.rules)
  weights.charge('a', 6_000, NOON_MS)
  const { headers, refusal } = weights.charge('a', 1, NOON_MS + 17_500)
  assert.equal(refusal?.status, 429)
  assert.equal(headers['retry-after'], '43')
  assert.equal(
    refusal?.body,
    '{"code":-1003,"msg":"Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API."}',
  )
  assert.equal(weights.charge('b', 1, NOON_MS + 17_500).refusal, undefined, 'another address has its own')
  assert.equal(weights.charge('a', 1, NOON_MS + MINUTE_MS - 1).refusal?.status, 429)
  assert.equal(weights.charge('a', 1, NOON_MS + MINUTE_MS).refusal, undefined)
})

test('who goes on after ten 429 is banned for two minutes, then for four', () => {
  const weights = createWeights(BINANCE.rules)
  const overrun = (nowMs: number) => {
    weights.charge('a', 6_000, nowMs)
    return Array.from({ length: 11 }, () => weights.charge('a', 1, nowMs).refusal?.status)
  }
  assert.deepEqual(overrun(NOON_MS), [...Array(10).fill(429), 418])
  const banned = weights.charge('a', 1, NOON_MS + 1)
  assert.equal(banned.headers['retry-after'], '120')
  assert.match(banned.refusal!.body, new RegExp(`IP banned until ${NOON_MS + 2 * MINUTE_MS}`))
  assert.equal(weights.charge('a', 1, NOON_MS + 2 * MINUTE_MS - 1).refusal?.status, 418)
  assert.equal(weights.charge('a', 1, NOON_MS + 2 * MINUTE_MS).refusal, undefined)
  overrun(NOON_MS + 3 * MINUTE_MS)
  assert.equal(weights.charge('a', 1, NOON_MS + 7 * MINUTE_MS - 1).refusal?.status, 418)
  assert.equal(weights.charge('a', 1, NOON_MS + 7 * MINUTE_MS).refusal, undefined)
})

test('61,000 requests in five minutes are allowed, whatever they weigh', () => {
  const weights = createWeights(BINANCE.rules)
  const answers = Array.from({ length: 61_001 }, () => weights.charge('a', 0, NOON_MS).refusal?.status)
  assert.equal(answers.indexOf(429), 61_000)
  assert.equal(weights.charge('a', 0, NOON_MS + 5 * MINUTE_MS).refusal, undefined)
})
