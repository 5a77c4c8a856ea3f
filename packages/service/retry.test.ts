import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import { manualClock } from './clock.ts'
import type { RetryBudget } from './policies.ts'
import { retry, retryDelayMs } from './retry.ts'

const budget: RetryBudget = { attemptsMax: 4, baseDelayMs: 100, delayMsMax: 300, totalMsMax: 10_000 }
const almostOne = () => 0.999_999

// biome-ignore format: a table reads by its columns
const delays: [code: Code, attempt: number, random: number, delayMs: number][] = [
  ['LAKE_UNAVAILABLE', 1, 0,         0],
  ['LAKE_UNAVAILABLE', 1, 0.5,       50],
  ['LAKE_UNAVAILABLE', 2, 0.5,       100],
  ['LAKE_UNAVAILABLE', 3, 0.5,       150],
  ['LAKE_UNAVAILABLE', 9, 0.999_999, 299],
  ['LAKE_CONFLICT',    1, 0.5,       0],
  ['LAKE_CONFLICT',    2, 0.5,       100],
]

for (const [code, attempt, random, delayMs] of delays) {
  test(`${code} after try ${attempt} at ${random} waits ${delayMs} ms`, () =>
    assert.equal(
      retryDelayMs(new K2Error(code, ''), attempt, budget, () => random),
      delayMs,
    ))
}

type Step = Code | 'bug' | 'ok'
// biome-ignore format: a table reads by its columns
const rows: [name: string, steps: Step[], answer: string, waits: number[], budget?: Partial<RetryBudget>][] = [
  ['success needs one try',                     ['ok'],                                                        'ok', []],
  ['an outage is waited out',                   ['LOG_UNAVAILABLE', 'LOG_UNAVAILABLE', 'ok'],                  'ok', [99, 199]],
  ['a conflict is tried at once, then waits',   ['LAKE_CONFLICT', 'LAKE_CONFLICT', 'ok'],                      'ok', [0, 199]],
  ['tries end with the budget',                 Array<Step>(9).fill('LAKE_UNAVAILABLE'),                       'LAKE_UNAVAILABLE', [99, 199, 299]],
  ['one try means no retry',                    ['LAKE_UNAVAILABLE', 'ok'],                                    'LAKE_UNAVAILABLE', [], { attemptsMax: 1 }],
  ['a lost answer is not retried',              ['COMMIT_UNKNOWN', 'ok'],                                      'COMMIT_UNKNOWN', []],
  ['what can never succeed is not retried',     ['INVALID_ARGUMENT', 'ok'],                                    'INVALID_ARGUMENT', []],
  ['a bug is not retried',                      ['bug', 'ok'],                                                 'bug', []],
  ['no wait begins that ends past the total',   ['LOG_UNAVAILABLE', 'LOG_UNAVAILABLE', 'ok'],                  'LOG_UNAVAILABLE', [99], { totalMsMax: 298 }],
]

for (const [name, steps, answer, waits, changed] of rows) {
  test(name, async () => {
    const clock = manualClock()
    const waited: number[] = []
    let attempts = 0
    const outcome = retry(
      async (attempt) => {
        attempts++
        assert.equal(attempt, attempts)
        const step = steps[attempt - 1]!
        if (step === 'bug') throw new Error('bug')
        if (step !== 'ok') throw new K2Error(step, step)
        return 'ok'
      },
      { ...budget, ...changed, clock, random: almostOne, onRetry: (_error, _attempt, ms) => waited.push(ms) },
    ).catch((error: Error) => error.message)
    for (let i = 0; i < 5; i++) await clock.advance(300)
    assert.equal(await outcome, answer)
    assert.deepEqual(waited, waits)
    assert.equal(clock.sleepers(), 0)
  })
}

test('work under way hears of the total deadline', async () => {
  const clock = manualClock()
  const outcome = retry((_, signal) => clock.sleep(60_000, signal), { ...budget, clock })
  const refused = assert.rejects(outcome, { code: 'DEADLINE_EXCEEDED' })
  await clock.advance(10_000)
  await refused
})

test('the signal ends a wait with its reason', async () => {
  const clock = manualClock()
  const stop = new AbortController()
  const outcome = retry(() => Promise.reject(new K2Error('LOG_UNAVAILABLE', '')), {
    ...budget,
    clock,
    random: almostOne,
    signal: stop.signal,
  })
  const refused = assert.rejects(outcome, /stopped/)
  await clock.advance(1)
  stop.abort(new Error('stopped'))
  await refused
  assert.equal(clock.sleepers(), 0)
})
