import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Level } from '@k2/contracts/degradation.ts'
import { pausing } from './pausing.ts'

// biome-ignore format: a table reads by its columns
const rows: [name: string, levels: Level[], told: boolean[]][] = [
  ['what is NORMAL from the start is not told',  [0, 0],          []],
  ['SOFT at the start pauses',                   [1],             [true]],
  ['each pressure pauses once',                  [0, 1, 2, 4, 1], [true]],
  ['NORMAL again goes on',                       [0, 3, 0, 0, 1], [true, false, true]],
]
for (const [name, [first, ...levels], told] of rows) {
  test(name, () => {
    let level = first!
    const listeners = new Set<() => void>()
    const view = {
      level: () => level,
      onChange(listener: () => void) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    }
    const said: boolean[] = []
    const pause = async (isPaused: boolean) => {
      said.push(isPaused)
      throw new Error('the worker is gone')
    }
    const ending = new AbortController()
    pausing(pause, view, ending.signal)
    for (const next of levels) {
      level = next
      for (const listener of listeners) listener()
    }
    assert.deepEqual(said, told)
    ending.abort()
    assert.equal(listeners.size, 0)
  })
}

test('without a level nothing is paused', () => {
  pausing(async () => assert.fail('paused'), undefined, new AbortController().signal)
})
