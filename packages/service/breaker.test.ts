import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BreakerEvent, type BreakerState, CLOSED, leftMs, step } from './breaker.ts'

const LIMITS = { failuresToOpen: 3, openMs: 1_000 }
type Told = [event: BreakerEvent, atMs: number]
const failed = (times: number, atMs = 0): Told[] => Array.from({ length: times }, () => ['failed', atMs])

// biome-ignore format: a table reads by its columns
const rows: [name: string, events: Told[], state: BreakerState, failures: number][] = [
  ['it begins closed',                          [],                                                     'CLOSED',    0],
  ['failures below the limit leave it closed',  failed(2),                                              'CLOSED',    2],
  ['the last one opens it',                     failed(3),                                              'OPEN',      3],
  ['an answer begins the count anew',           [...failed(2), ['answered', 0], ...failed(2)],          'CLOSED',    2],
  ['asked before its time it stays open',       [...failed(3, 5), ['asked', 1_004]],                    'OPEN',      3],
  ['asked then it lets one through',            [...failed(3, 5), ['asked', 1_005]],                    'HALF_OPEN', 3],
  ['the trial is answered',                     [...failed(3), ['asked', 1_000], ['trial-answered', 1_010]], 'CLOSED', 0],
  ['the trial fails',                           [...failed(3), ['asked', 1_000], ['trial-failed', 1_010]], 'OPEN',   4],
  ['its time begins anew then',                 [...failed(3), ['asked', 1_000], ['trial-failed', 1_010], ['asked', 2_009]], 'OPEN', 4],
  ['and ends',                                  [...failed(3), ['asked', 1_000], ['trial-failed', 1_010], ['asked', 2_010]], 'HALF_OPEN', 4],
  ['what ends late does not close it',          [...failed(3), ['answered', 10]],                       'OPEN',      3],
  ['nor put it off',                            [...failed(3), ['failed', 900], ['asked', 1_000]],      'HALF_OPEN', 3],
  ['nor decide for the trial',                  [...failed(3), ['asked', 1_000], ['failed', 1_001], ['answered', 1_002]], 'HALF_OPEN', 3],
  ['asking a closed one is nothing',            [['asked', 9]],                                         'CLOSED',    0],
]

for (const [name, events, state, failures] of rows) {
  test(name, () => {
    const circuit = events.reduce((now, [event, atMs]) => step(now, event, atMs, LIMITS), CLOSED)
    assert.deepEqual([circuit.state, circuit.failures], [state, failures])
  })
}

test('it says how long it stays open', () => {
  const open = failed(3, 100).reduce((now, [event, atMs]) => step(now, event, atMs, LIMITS), CLOSED)
  assert.deepEqual(
    [100, 600, 1_100, 9_999].map((nowMs) => leftMs(open, nowMs, LIMITS)),
    [1_000, 500, 0, 0],
  )
})
