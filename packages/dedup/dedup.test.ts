import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entriesOf, World } from './world.fixture.ts'

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
