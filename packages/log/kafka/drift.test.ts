import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TopicSpec } from '@k2/contracts/topics.ts'
import { configsOf, differences, type FoundTopic } from './drift.ts'

const DAY_MS = 86_400_000
const KEPT: TopicSpec = { name: 'market.x', partitions: 12, retentionMs: 90 * DAY_MS }
const COMPACTED: TopicSpec = { name: 'k2.x', partitions: 1, retentionMs: null }

const found = (spec: TopicSpec, copies: number, other: Partial<FoundTopic> = {}, configs: object = {}): FoundTopic => ({
  partitions: spec.partitions,
  copies,
  wasUsed: true,
  configs: new Map([...configsOf(spec, copies), ...Object.entries(configs)]),
  ...other,
})

// biome-ignore format: a table reads by its columns
const ROWS: readonly [what: string, spec: TopicSpec, found: FoundTopic | undefined, copies: number, differs: readonly string[]][] = [
  ['as it should be',                 KEPT,      found(KEPT, 3),                                            3, []],
  ['compacted, as it should be',      COMPACTED, found(COMPACTED, 1),                                       1, []],
  ['missing',                         KEPT,      undefined,                                                 3, ['topic missing → 12 partitions, 3 copies: create']],
  ['other retention',                 KEPT,      found(KEPT, 1, {}, { 'retention.ms': '604800000' }),       1, ['retention.ms 604800000 → 7776000000: configure']],
  ['should be compacted',             COMPACTED, found(COMPACTED, 1, {}, { 'cleanup.policy': 'delete' }),   1, ['cleanup.policy delete → compact: configure']],
  ['compacted and cut as well',       COMPACTED, found(COMPACTED, 1, {}, { 'cleanup.policy': 'compact,delete' }), 1, ['cleanup.policy compact,delete → compact: configure']],
  ['compressed anew by the broker',   KEPT,      found(KEPT, 1, {}, { 'compression.type': 'gzip' }),        1, ['compression.type gzip → producer: configure']],
  ['one of three must have it',       KEPT,      found(KEPT, 3, {}, { 'min.insync.replicas': '1' }),        3, ['min.insync.replicas 1 → 2: configure']],
  ['a broker’s own floor of one copy', KEPT,     found(KEPT, 1, {}, { 'min.insync.replicas': '1' }),        1, []],
  ['fewer copies: no floor for three', KEPT,     found(KEPT, 1, {}, { 'min.insync.replicas': '1' }),        3, ['replication 1 → 3: a person']],
  ['more copies',                     KEPT,      found(KEPT, 3),                                            2, ['replication 3 → 2: a person']],
  ['fewer partitions, never used',    KEPT,      found(KEPT, 1, { partitions: 4, wasUsed: false }),         1, ['partitions 4 → 12: grow']],
  ['fewer partitions, used',          KEPT,      found(KEPT, 1, { partitions: 4 }),                         1, ['partitions 4 → 12: a person']],
  ['more partitions, never used',     KEPT,      found(KEPT, 1, { partitions: 14, wasUsed: false }),        1, ['partitions 14 → 12: a person']],
  ['several at once',                 KEPT,      found(KEPT, 1, { partitions: 4 }, { 'retention.ms': '1' }), 1, ['partitions 4 → 12: a person', 'retention.ms 1 → 7776000000: configure']],
]

for (const [what, spec, is, copies, differs] of ROWS) {
  test(`a topic that is ${what}`, () => {
    const told = differences(spec, is, copies)
    assert.deepEqual(
      told.map((one) => `${one.what} ${one.is} → ${one.wished}: ${one.todo}`),
      differs,
    )
    for (const { todo, remedy } of told)
      assert.equal(remedy !== '', todo === 'a person', 'who must act is told what to do')
  })
}
