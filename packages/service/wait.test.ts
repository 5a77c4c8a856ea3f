import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import { manualClock } from './clock.ts'
import type { Logger } from './logger.ts'
import { waitFor } from './wait.ts'

/** Waits in a world where `away` throws until `backMs`; the log's lines, what was told, and when it was tried. */
function waiting(code: Code, backMs: number, untilMs?: number) {
  const clock = manualClock(0)
  const lines: string[] = []
  const say = (_: object, text: string) => void lines.push(text)
  const stop = new AbortController()
  const tries: number[] = []
  const told: (string | undefined)[] = []
  const work = async () => {
    tries.push(clock.nowMs())
    if (clock.nowMs() < backMs) throw new K2Error(code, 'It is away.')
    return 'there'
  }
  const ended = waitFor(work, {
    clock,
    logger: { warn: say, info: say } as unknown as Logger,
    random: () => 1,
    signal: stop.signal,
    tell: (why) => void told.push(why),
    untilMs,
  })
  ended.catch(() => {})
  return { clock, lines, stop, tries, told, ended }
}

test('it is tried again after pauses that double up to ten seconds, and told meanwhile', async () => {
  const { clock, tries, told, ended } = waiting('LOG_UNAVAILABLE', 30_000)
  await clock.advance(60_000)
  assert.equal(await ended, 'there')
  assert.deepEqual(tries, [0, 250, 750, 1_750, 3_750, 7_750, 15_750, 25_750, 35_750])
  assert.deepEqual(new Set(told), new Set(['It is away.', undefined]))
  assert.equal(told.at(-1), undefined)
})

test('an outage of an hour is a line a minute in the log, and one at its end', async () => {
  const { clock, lines, tries, ended } = waiting('LAKE_UNAVAILABLE', 3_600_000)
  await clock.advance(3_700_000)
  await ended
  assert.ok(tries.length > 300)
  assert.ok(lines.length > 40 && lines.length <= 62, String(lines.length))
  assert.equal(lines[0], 'waiting: It is away.')
  assert.equal(lines.at(-1), 'what was waited for is there')
})

test('at a deadline the error says how long it was waited for', async () => {
  const { clock, ended } = waiting('LOG_UNAVAILABLE', 3_600_000, 20_000)
  await clock.advance(60_000)
  await assert.rejects(ended, { code: 'LOG_UNAVAILABLE', message: 'It is away. It was waited for 20 s.' })
})

test('what cannot pass is not waited for', async () => {
  const { tries, ended } = waiting('LOG_DAMAGED', 1_000)
  await assert.rejects(ended, { code: 'LOG_DAMAGED' })
  assert.equal(tries.length, 1)
})

test('a signal ends it at once', async () => {
  const { clock, stop, tries, ended } = waiting('LOG_UNAVAILABLE', 60_000)
  await clock.advance(300)
  stop.abort(new Error('enough'))
  await assert.rejects(ended, { message: 'enough' })
  assert.equal(tries.length, 2)
})
