import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Filter, Hole, Progress, TopicPartition } from '@k2/lake/table.ts'
import { cover, coverPage, type TailRange } from './cover.ts'
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
  behind: false,
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
  ['a tail that is behind',               [],                 { behind: true },     'hybrid', {},                         ['TAIL_BEHIND']],
  ['a tail that is behind, lake asked',   [],                 { behind: true },     'lake',   {},                         []],
  ['the tail\'s limit, lake asked',       [],                 { limited: true },    'lake',   {},                         []],
  ['a log that cannot be read',           [],                 { unreadable: true }, 'tail',   {},                         ['LOG_UNREADABLE']],
]
for (const [name, holes, flags, source, filter, reasons] of missing) {
  test(`${name}: ${reasons.join() || 'complete'}`, () => {
    const found = cover(progress(5n, holes), tail(undefined, flags), source, filter)
    assert.deepEqual([found.complete, found.reasons], [reasons.length === 0, reasons])
  })
}

type PageRow = [
  name: string,
  landed: bigint | undefined,
  range: [bigint, bigint] | undefined,
  from: bigint | null,
  take: [bigint, bigint] | null,
  cut: [bigint, bigint] | null,
  lake?: false,
]

// The first page read up to offset 9.
// biome-ignore format: a table reads by its columns
const pages: PageRow[] = [
  ['nothing has landed since',                    5n,        [5n, 12n],  null, [5n, 9n], null],
  ['some of it has landed since',                 7n,        [5n, 12n],  null, [7n, 9n], null],
  ['all of it has landed since',                  9n,        [9n, 12n],  null, null,     null],
  ['more than it has landed since',               12n,       [9n, 12n],  null, null,     [0n, 9n]],
  ['all is in the lake, and the tail elsewhere',  9n,        undefined,  null, null,     null],
  ['nothing has ever landed',                     undefined, [0n, 12n],  null, [0n, 9n], null],
  ['the tail alone: what has landed is looked up', 7n,       [5n, 12n],  5n,   [7n, 9n], [5n, 9n]],
  ['the tail alone: nothing has landed since',    5n,        [5n, 12n],  5n,   [5n, 9n], null,      false],
  ['the tail alone: all of it has landed since',  12n,       [9n, 12n],  5n,   null,     [5n, 9n]],
  ['nothing is asked of the partition',           12n,       [9n, 12n],  9n,   null,     null,      false],
]
for (const [name, landed, range, from, take, cut, lake = true] of pages) {
  test(`a page: ${name}`, () => {
    const page = { from: from === null ? null : new Map([[P, from]]), to: new Map([[P, 9n]]), reasons: [] }
    const found = coverPage(progress(landed), tail(range && { from: range[0], to: range[1] }), page, {})!
    const bound = (of: [bigint, bigint] | null) => (of ? [{ partition: P, from: of[0], to: of[1] }] : [])
    assert.deepEqual([found.lake, found.tail, found.cuts, found.complete], [lake, bound(take), bound(cut), true])
    assert.equal(found.offsets.get(P), 9n)
  })
}

test('a page cannot be had before lake or tail have come there', () => {
  const page = { from: null, to: new Map([[P, 9n]]), reasons: [] }
  assert.equal(coverPage(progress(5n), tail({ from: 5n, to: 8n }), page, {}), undefined)
  assert.equal(coverPage(progress(5n), tail({ from: 5n, to: 9n }, { unreadable: true }), page, {}), undefined)
})

test('a partition that had no record for the first page has none for the others', () => {
  const page = { from: null, to: new Map(), reasons: [] }
  assert.deepEqual(coverPage(progress(3n), tail(undefined), page, {})!.cuts, [{ partition: P, from: 0n, to: 0n }])
})

test('what the first page said of the log its later pages say', () => {
  const page = { from: null, to: new Map([[P, 9n]]), reasons: ['TAIL_LIMIT' as const] }
  assert.deepEqual(coverPage(progress(9n), tail(undefined), page, {})!.reasons, ['TAIL_LIMIT'])
})
