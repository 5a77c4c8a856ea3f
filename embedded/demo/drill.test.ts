import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Hole, topicPartition } from '@k2/lake/table.ts'
import { paints, width } from '../terminal/text.ts'
import { countsOf } from './counts.ts'
import { type DrillState, drillLines, drillText } from './drawn.ts'
import { type Stock, stocksOf, tradeIdOf } from './market.ts'
import { idFaults, wayFaults } from './verdict.ts'

const stocks = stocksOf()

test('each symbol has a partition of its own, so that its offsets are its records', () => {
  for (const kind of ['trades', 'reference']) {
    const own = stocks.filter(({ topic }) => topic.kind === kind)
    assert.equal(own.length, 8)
    assert.equal(new Set(own.map(({ partition }) => partition)).size, own.length)
  }
})

test('what is behind an offset is in the lake, but for its holes', () => {
  const high = stocks.filter(({ priority }) => priority === 'HIGH')
  const hole = ({ topic, partition }: Stock, from: bigint, to: bigint): Hole => ({
    ...{ topic: topic.name, partition, from, to, reason: 'deferred', policy: 'p' },
  })
  const progress = {
    offsets: new Map(high.map(({ topic, partition }) => [topicPartition(topic.name, partition), 90n])),
    holes: [hole(high[0]!, 10n, 30n), hole(high[0]!, 40n, 45n), hole(high[1]!, 0n, 5n)],
  }
  const counts = countsOf(
    stocks,
    ({ priority }) => (priority === 'HIGH' ? 100 : 0),
    () => progress,
  )
  assert.deepEqual(
    counts.find(({ priority }) => priority === 'HIGH'),
    { priority: 'HIGH', sent: 200, waiting: 20, deferred: 30, inLake: 150 },
  )
})

const ids = (...numbers: number[]) => numbers.map(tradeIdOf('BHP'))
// biome-ignore format: a table reads by its columns
const found: [name: string, ids: string[], faults: RegExp[]][] = [
  ['each once',          ids(1, 2, 3),           []],
  ['one is missing',     ids(1, 3),              [/^1 trades of BHP are missing/]],
  ['one is in twice',    ids(1, 2, 2, 3),        [/^1 trades of BHP are in more than once/]],
  ['one was never sent', ids(1, 2, 3, 4),        [/^1 trades of BHP were never sent/]],
  ['all of it',          ids(1, 1, 3, 9),        [/^1 .* missing/, /^1 .* more than once/, /^1 .* never sent/]],
]
for (const [name, lake, faults] of found) {
  test(`the lake's trades are held against what was sent: ${name}`, () => {
    const told = idFaults({ symbol: 'BHP' }, 3, lake)
    assert.equal(told.length, faults.length, told.join())
    for (const [i, fault] of faults.entries()) assert.match(told[i]!, fault)
  })
}

test('a drill that skips a level, defers what is CRITICAL or nothing at all has failed', () => {
  const most = (...deferred: number[]) =>
    (['CRITICAL', 'HIGH', 'NORMAL', 'LOW'] as const).map((priority, i) => ({ priority, deferred: deferred[i]! }))
  const all = new Set([0, 1, 2, 3, 4] as const)
  assert.deepEqual(wayFaults(all, most(0, 1, 1, 1)), [])
  assert.deepEqual(wayFaults(new Set([0, 1, 2, 4] as const), most(0, 1, 1, 1)), ['AGGRESSIVE was never reached'])
  assert.match(wayFaults(all, most(1, 1, 1, 1)).join(), /^records of CRITICAL symbols were deferred$/)
  assert.match(wayFaults(all, most(0, 1, 0, 1)).join(), /^nothing of NORMAL was deferred/)
})

const state: DrillState = {
  ...{ stage: 'held at AGGRESSIVE', elapsedMs: 12_000, level: 3, lagRecords: 24_123, lags: [0, 5, 24_123] },
  triggers: [2_000, 5_000, 10_000, 20_000],
  counts: (['CRITICAL', 'HIGH', 'NORMAL', 'LOW'] as const).map((priority, i) => ({
    ...{ priority, sent: 10_000 + i, waiting: i, deferred: 1_000 * i, inLake: 9_000 },
  })),
}

for (const cells of [60, 80, 200]) {
  test(`a view of ${cells} cells has level, lag, what is kept and what is deferred`, () => {
    const lines = drillLines(state, cells, paints(false))
    for (const line of lines) assert.ok(width(line) <= cells, line)
    const text = lines.join('\n')
    assert.match(text, /LOW and NORMAL are deferred/)
    assert.match(text, /lag +24,123 records/)
    assert.match(text, /^NORMAL +10,002 +2 +2,000 +9,000$/m)
  })
}

test('elsewhere it is a line', () => {
  assert.match(drillText(state), /^ +12 s {2}AGGRESSIVE .* lag 24,123 .* HIGH 9,000 \+ 1,000, .*\n$/)
})
