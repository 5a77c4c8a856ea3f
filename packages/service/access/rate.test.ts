import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Identity } from './identity.ts'
import { RateLimited, type RateLimits, rateHeaders, rateLimits } from './rate.ts'

const NOON_MS = Date.parse('2026-06-01T12:00:00Z')
const SECOND_MS = 1_000
const who = (id: string, limits: Partial<Identity> = {}): Identity => ({
  ...{ kind: 'key', id, name: id, role: 'read', untilMs: null },
  ...limits,
})

function tries(limits: RateLimits, identity: Identity, count: number): string {
  const outcomes = Array.from({ length: count }, () => {
    try {
      return limits.take(identity) === undefined ? '-' : 'y'
    } catch (error) {
      assert.ok(error instanceof RateLimited)
      return error.rate.window === 'day' ? 'd' : 'n'
    }
  })
  return outcomes.join('')
}

// biome-ignore format: a table reads by its columns
const steps: [name: string, atSeconds: number, identity: Identity, count: number, outcome: string][] = [
  ['as many as it may',                      0, who('a', { ratePerMinute: 3 }), 5, 'yyynn'],
  ['another is counted apart',               0, who('b', { ratePerMinute: 3 }), 1, 'y'],
  ['the window is not over',                59, who('a', { ratePerMinute: 3 }), 1, 'n'],
  ['it begins anew a minute after it began', 60, who('a', { ratePerMinute: 3 }), 4, 'yyyn'],
  ['by default as settings say',            60, who('c'),                       3, 'yyn'],
  ['one without a limit',                   60, who('e', { ratePerMinute: 0 }), 4, '----'],
  ['of the role admin only its own',        60, who('f', { role: 'admin' }), 4, '----'],
  ['which it may have',                     60, who('g', { role: 'admin', ratePerMinute: 1 }), 2, 'yn'],
  ['a day',                                 61, who('d', { ratePerMinute: 2, quotaPerDay: 3 }), 3, 'yyn'],
  ['goes on in the next minute',           121, who('d', { ratePerMinute: 2, quotaPerDay: 3 }), 3, 'ydd'],
  ['and ends at midnight UTC',           43_200, who('d', { ratePerMinute: 2, quotaPerDay: 3 }), 2, 'yy'],
  ['refusals cost no quota',             43_201, who('d', { ratePerMinute: 2, quotaPerDay: 3 }), 9, 'nnnnnnnnn'],
  ['so one is left',                     43_261, who('d', { ratePerMinute: 2, quotaPerDay: 3 }), 2, 'yd'],
]
test('a minute begins with the first call in it, a day at midnight', () => {
  let nowMs = NOON_MS
  const limits = rateLimits({ ratePerMinute: 2, quotaPerDay: 0 }, () => nowMs)
  for (const [name, atSeconds, identity, count, outcome] of steps) {
    nowMs = NOON_MS + atSeconds * SECOND_MS
    assert.equal(tries(limits, identity, count), outcome, name)
  }
})

test('the head of an answer tells what is left, and until when', () => {
  let nowMs = NOON_MS
  const limits = rateLimits({ ratePerMinute: 100, quotaPerDay: 0 }, () => nowMs)
  limits.take(who('a'))
  nowMs += 12_500
  assert.deepEqual(rateHeaders(limits.take(who('a'))!), {
    'x-ratelimit-limit': '100',
    'x-ratelimit-remaining': '98',
    'x-ratelimit-reset': String(NOON_MS / 1000 + 60),
    'ratelimit-policy': '"minute";q=100;w=60',
    ratelimit: '"minute";r=98;t=48',
  })
})

test('identities beyond what is kept are forgotten, the oldest window first', () => {
  let nowMs = NOON_MS
  const limits = rateLimits({ ratePerMinute: 1, quotaPerDay: 0 }, () => nowMs++, 3)
  for (const id of ['a', 'b', 'c']) assert.equal(tries(limits, who(id), 1), 'y')
  assert.equal(tries(limits, who('a'), 1), 'n')
  assert.equal(tries(limits, who('d'), 1), 'y')
  assert.equal(tries(limits, who('b'), 1), 'n')
  assert.equal(tries(limits, who('a'), 1), 'y')
})
