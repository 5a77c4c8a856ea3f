import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assignRoundRobin } from './assign.ts'

const PARTITIONS: Record<string, string[]> = {
  t0: ['t0p0', 't0p1', 't0p2'],
  t1: ['t1p0', 't1p1', 't1p2'],
  one: ['one0'],
}

// The first three are the examples in the documentation of Kafka's RoundRobinAssignor.
// biome-ignore format: a table reads by its columns
const rows: [name: string, members: string[][], shares: string[][]][] = [
  ['two members, two topics',        [['t0', 't1'], ['t0', 't1']],   [['t0p0', 't0p2', 't1p1'], ['t0p1', 't1p0', 't1p2']]],
  ['the order of topics is no matter', [['t1', 't0'], ['t0', 't1']], [['t0p0', 't0p2', 't1p1'], ['t0p1', 't1p0', 't1p2']]],
  ['members of different topics',    [['t0'], ['t0', 't1']],         [['t0p0', 't0p2'], ['t0p1', 't1p0', 't1p1', 't1p2']]],
  ['more members than partitions',   [['one'], ['one'], ['one']],    [['one0'], [], []]],
  ['a member of no topic',           [['one'], []],                  [['one0'], []]],
  ['nobody',                         [],                             []],
]

for (const [name, members, shares] of rows) {
  test(name, () => {
    const dealt = assignRoundRobin(
      members.map((topics) => ({ topics })),
      (topic) => PARTITIONS[topic]!,
    )
    assert.deepEqual(dealt, shares)
  })
}
