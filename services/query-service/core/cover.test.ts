import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Filter, Hole, Progress, TopicPartition } from '@k2/lake/table.ts'
import { cover, type TailRange } from './cover.ts'
import type { Source } from './question.ts'

const P: TopicPartition = 'market.equities.trades.asx/0'

const progress = (landed: bigint | undefined, holes: Hole[] = []): Progress => ({
  offsets: new Map(landed === undefined ? [] : [[P, landed]]),
  holes,
  last: new Map(),
})
const tail = (range: TailRange | undefined, flags = {}) => ({
  ranges: new Map(range ? [[P, range]] : []),
  limited: false,
  unreadable: false,
  ...flags,
})
const hole = (reason: Hole['reason']): Hole => ({
  topic: 'market.equities.trades.asx',
  partition: 0,
  from: 1n,
  to: 2n,
  reason,
})

type Row = [
  name: string,
  landed: bigint | undefined,
  range: [bigint, bigint] | undefined,
  source: Source,
  take: [bigint, bigint] | null,
  offset: bigint | undefined,
  reasons?: string[],
]

// biome-ignore format: a table reads by its columns
const rows: Row[] = [
  ['nothing landed, nothing read',                  undefined, undefined, 'hybrid', null,       undefined],
  ['nothing landed: all from the tail',             undefined, [0n, 9n],  'hybrid', [0n, 9n],   9n],
  ['the tail begins where the lake ends',           5n,        [5n, 9n],  'hybrid', [5n, 9n],   9n],
  ['a commit came: what landed is not taken twice', 7n,        [5n, 9n],  'hybrid', [7n, 9n],   9n],
  ['the lake is ahead of the tail',                 12n,       [5n, 9n],  'hybrid', null,       12n],
  ['the tail is empty',                             5n,        [5n, 5n],  'hybrid', null,       5n],
  ['records between lake and tail are missing',     3n,        [5n, 9n],  'hybrid', [5n, 9n],   9n, ['LOG_UNREADABLE']],
  ['the lake alone',                                5n,        [5n, 9n],  'lake',   null,       5n],
  ['the tail alone',                                5n,        [5n, 9n],  'tail',   [5n, 9n],   9n],
]
for (const [name, landed, range, source, take, offset, reasons = []] of rows) {
  test(name, () => {
    const found = cover(progress(landed), tail(range && { from: range[0], to: range[1] }), source, {})
    assert.deepEqual(found.tail, take ? [{ partition: P, from: take[0], to: take[1] }] : [])
    assert.equal(found.offsets.get(P), offset)
    assert.deepEqual(found.reasons, reasons)
    assert.equal(found.complete, reasons.length === 0)
    assert.equal(found.lake, source !== 'tail')
  })
}

// biome-ignore format: a table reads by its columns
const missing: [name: string, holes: Hole[], flags: object, source: Source, filter: Filter, reasons: string[]][] = [
  ['deferred records',                    [hole('deferred')], {},                   'lake',   {},                         ['DEFERRED_RECORDS']],
  ['rejected records',                    [hole('rejected')], {},                   'hybrid', { exchanges: ['ASX'] },     ['REJECTED_RECORDS']],
  ['another venue\'s holes don\'t matter', [hole('deferred')], {},                  'hybrid', { exchanges: ['BINANCE'] }, []],
  ['the tail alone has no holes',         [hole('deferred')], {},                   'tail',   {},                         []],
  ['the tail\'s limit',                   [],                 { limited: true },    'hybrid', {},                         ['TAIL_LIMIT']],
  ['the tail\'s limit, lake asked',       [],                 { limited: true },    'lake',   {},                         []],
  ['a log that cannot be read',           [],                 { unreadable: true }, 'tail',   {},                         ['LOG_UNREADABLE']],
]
for (const [name, holes, flags, source, filter, reasons] of missing) {
  test(`${name}: ${reasons.join() || 'complete'}`, () => {
    const found = cover(progress(5n, holes), tail(undefined, flags), source, filter)
    assert.deepEqual([found.complete, found.reasons], [reasons.length === 0, reasons])
  })
}
