import assert from 'node:assert/strict'
import { test } from 'node:test'
import { topicsLike } from './settings.ts'
import { entriesOf, holeOf, World } from './world.fixture.ts'

// biome-ignore format: a table reads by its columns
const ROWS: readonly [what: string, log: string, loads: readonly number[], rows: readonly number[]][] = [
  ['each id once',                                   'a b a c b',            [5],       [0, 1, 3]],
  ['over loads',                                     'a b a c b',            [1, 2, 5], [0, 1, 3]],
  ['three times and more',                           'a a a a',              [1, 2, 4], [0]],
  ['a repeat at the end of the window',              'a +59 a',              [1, 2],    [0]],
  ['and one beyond it, which is a first again',      'a +61 a a',            [1, 3],    [0, 1]],
  ['a chain of repeats ends at its first',           'a +50 a +50 a +50 a',  [4],       [0]],
  ['the first was rejected',                         'a:bad a a',            [3],       [1]],
  ['the first was rejected, in a load before',       'a:bad a a',            [1, 3],    [1]],
  ['rejected twice',                                 'a:bad a:bad a',        [1, 2, 3], [2]],
  ['a repeat that cannot be read is rejected',       'a a:bad a',            [1, 2, 3], [0]],
  ['rejected, landed, rejected, repeated',           'a:bad a a:bad a',      [2, 4],    [1]],
]

for (const [what, log, loads, rows] of ROWS) {
  test(what, async () => {
    const entries = entriesOf(log.replaceAll(':bad', ':cut short').replaceAll('cut short', 'cut_short')).map((entry) =>
      entry.bad === undefined ? entry : { ...entry, bad: 'cut short' as const },
    )
    assert.deepEqual(await landed(new World(entries), loads, () => false), rows, 'one process')
    assert.deepEqual(await landed(new World(entries), loads, () => true), rows, 'a restart before each load')
    const weak = { mix: () => 7 }
    assert.deepEqual(
      await landed(new World(entries), loads, () => false, weak),
      rows,
      'a hash that tells nothing apart',
    )
    assert.deepEqual(await landed(new World(entries), loads, (i) => i === 1), rows, 'one restart')
  })
}

async function landed(world: World, loads: readonly number[], isRestarted: (load: number) => boolean, settings = {}) {
  let dedup = world.dedup(settings)
  const rows: number[] = []
  for (const [i, to] of loads.entries()) {
    if (isRestarted(i)) dedup = world.dedup(settings)
    rows.push(...(await world.commit(dedup, loads[i - 1] ?? 0, to)))
  }
  return rows
}

test('a hole that a replay strikes off meanwhile is judged again, its record being read anew', async () => {
  const world = new World([{ name: 'a', minute: 0, bad: 'unknown schema' }, ...entriesOf('a b')])
  const dedup = world.dedup()
  assert.deepEqual(await world.commit(dedup, 0, 1), [])
  const load = await world.land(dedup, 1, 3)
  assert.deepEqual(load.rows, [1, 2])
  assert.ok(load.holds())
  // Its schema is known by now, and it has landed.
  world.holes = []
  world.registryKnows = true
  assert.ok(!load.holds())
  dedup.begin()
  assert.deepEqual((await world.land(dedup, 1, 3)).rows, [2])
})

test('what was given up as lost is no first', async () => {
  const world = new World(entriesOf('a a'))
  world.lost = [holeOf(0)]
  assert.deepEqual(await world.commit(world.dedup(), 1, 2), [1])
})

test('what was rejected here and has landed since is a first, though nothing began anew', async () => {
  const world = new World(entriesOf('a:bad b c a'))
  const dedup = world.dedup()
  assert.deepEqual(await world.commit(dedup, 0, 2), [1])
  assert.deepEqual(await world.commit(dedup, 2, 3), [2])
  world.holes = []
  assert.deepEqual(await world.commit(dedup, 3, 4), [])
})

test('what was given up since it began is no first', async () => {
  const world = new World(entriesOf('a b a'))
  world.holes = [holeOf(0)]
  const dedup = world.dedup()
  assert.deepEqual(await world.commit(dedup, 1, 2), [1])
  world.lost = world.holes
  world.holes = []
  assert.deepEqual(await world.commit(dedup, 2, 3), [2])
})

test('what retention took is no first, and nothing is read that is gone', async () => {
  const world = new World(entriesOf('a b a b'))
  const dedup = world.dedup()
  assert.deepEqual(await world.commit(dedup, 0, 2), [0, 1])
  world.start = 1
  assert.deepEqual(await world.commit(dedup, 2, 4), [2])
  assert.deepEqual(await world.commit(world.dedup(), 2, 4), [2])
})

test('a topic that is not judged has no repeats', async () => {
  const world = new World(entriesOf('a a'))
  assert.deepEqual(await world.commit(world.dedup({ isJudged: () => false }), 0, 2), [0, 1])
})

test('memory that is full says so where there is no store', async () => {
  const world = new World(entriesOf('a b c d e f'))
  const dedup = world.dedup({ memoryBytesMax: 0 })
  await world.commit(dedup, 0, 3)
  await world.commit(dedup, 3, 6)
  assert.ok(world.events.includes('crowded'))
})

// biome-ignore format: a table reads by its columns
const PATTERNS: readonly [patterns: readonly string[], topic: string, is: boolean][] = [
  [['market.crypto.*'],         'market.crypto.trades.binance', true],
  [['market.crypto.*'],         'market.equities.trades.asx',   false],
  [['market.*.trades.*'],       'market.equities.trades.asx',   true],
  [['market.*.trades.*'],       'market.equities.quotes.asx',   false],
  [['market.equities.quotes.asx', '*binance'], 'market.crypto.quotes.binance', true],
  [['market.crypto'],           'market.crypto.trades.binance', false],
  [['none'],                    'none',                         false],
  [[],                          'market.crypto.trades.binance', false],
]

for (const [patterns, topic, is] of PATTERNS) {
  test(`${patterns.join(', ') || 'nothing'} ${is ? 'has' : 'has not'} ${topic}`, () => {
    assert.equal(topicsLike(patterns)(topic), is)
  })
}
