import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Progress } from '@k2/lake/table.ts'
import { behind, ownBatch } from '@k2/landing/batch.ts'
import type { Sieve } from '@k2/landing/sift.ts'
import type { Passed } from '@k2/landing/stage.ts'
import type { LogBatch } from '@k2/log/log.ts'
import { type Pending, pendingFrom } from './pending.ts'

const T = 'market.equities.trades.asx'
const LIMITS = { rows: 10, rowsMax: 10, bytes: 1000, ageMs: 500 }

const offsets = (offset?: bigint): Progress['offsets'] => new Map(offset === undefined ? [] : [[`${T}/0`, offset]])
const lane = (offset?: bigint) => pendingFrom(offsets(offset), () => 3n)

/** Offsets [from, to), one record each but those missing. */
function batch(from: number, to: number, missing: readonly number[] = [], partition = 0): LogBatch {
  const offsets = Array.from({ length: to - from }, (_, i) => from + i).filter((offset) => !missing.includes(offset))
  const bytes = Buffer.from(offsets)
  const slices = { bytes, starts: Int32Array.from(offsets.keys()), ends: Int32Array.from(offsets.keys(), (i) => i + 1) }
  return {
    topic: T,
    partition,
    from: BigInt(from),
    to: BigInt(to),
    count: offsets.length,
    offsetDeltas: Int32Array.from(offsets, (offset) => offset - from),
    timesMs: Float64Array.from(offsets),
    keys: slices,
    values: slices,
  }
}

// biome-ignore format: a table reads by its columns
const rows: [name: string, landed: bigint | undefined, taken: LogBatch[], then: LogBatch, seek: bigint | null][] = [
  ['the table knows nothing: from the log\'s start',  undefined, [],             batch(3, 5),   null],
  ['the table knows nothing: not from elsewhere',     undefined, [],             batch(0, 5),   3n],
  ['it goes on where the table ends',                 7n,        [],             batch(7, 9),   null],
  ['what the table holds is not taken again',         7n,        [],             batch(5, 9),   7n],
  ['a gap is not taken',                              7n,        [],             batch(8, 9),   7n],
  ['it goes on behind what waits',                    7n,        [batch(7, 9)],  batch(9, 12),  null],
  ['a redelivery of what waits is not taken',         7n,        [batch(7, 9)],  batch(7, 9),   9n],
  ['another partition is another matter',             7n,        [batch(7, 9)],  batch(3, 4, [], 1), null],
]
for (const [name, landed, taken, then, seek] of rows) {
  test(name, () => {
    const pending = lane(landed)
    for (const one of taken) assert.equal(pending.take(one, 0).kind, 'taken')
    assert.deepEqual(pending.take(then, 0), seek === null ? { kind: 'taken', passed: 0 } : { kind: 'elsewhere', seek })
  })
}

test('it is due by rows, by bytes, or by the age of its oldest batch', () => {
  const pending = lane(0n)
  assert.equal(pending.dueInMs(LIMITS, 0), undefined)
  pending.take(batch(0, 2), 1000)
  pending.take(batch(2, 4), 1400)
  assert.equal(pending.dueInMs(LIMITS, 1400), 100)
  assert.equal(pending.dueInMs(LIMITS, 1600), 0)
  assert.equal(pending.dueInMs({ ...LIMITS, rows: 4 }, 1400), 0)
  assert.equal(pending.dueInMs({ ...LIMITS, bytes: 4 }, 1400), 0)
})

const ALL = { rows: 1_000, rowsMax: 1_000, bytes: 2 ** 20, ageMs: 0 }
const ranges = (batches: readonly { from: bigint; to: bigint; count: number }[]) =>
  batches.map(({ from, to, count }) => [Number(from), Number(to), count])

test('what did not fit a commit waits again, in front, and the next commit expects that offset', () => {
  const pending = lane(0n)
  pending.take(batch(0, 4), 100)
  pending.take(batch(4, 8, [5]), 200)
  const cut = pending.cut(ALL)
  assert.deepEqual(ranges(cut), [
    [0, 4, 4],
    [4, 8, 3],
  ])
  assert.equal(pending.take(batch(8, 9), 300).kind, 'taken')
  assert.equal(pending.expected(`${T}/0`), 0n)
  pending.prepared(new Map([[`${T}/0`, 6n]]), [cut[1]!])
  assert.equal(pending.expected(`${T}/0`), 6n, 'behind what is on its way')
  assert.equal(pending.landed(`${T}/0`), 0n, 'and not in the table yet')
  assert.equal(pending.dueInMs({ ...ALL, ageMs: 500 }, 300), 300, 'as old as it was')
  assert.deepEqual(ranges(pending.cut(ALL)), [
    [6, 8, 2],
    [8, 9, 1],
  ])
  pending.committed(new Map([[`${T}/0`, 6n]]), 5)
  assert.deepEqual([pending.landed(`${T}/0`), pending.expected(`${T}/0`), pending.rows], [6n, 6n, 3])
})

test('a cut is of whole batches, the oldest, as many as a backlog lets it; a batch beyond all limits alone', () => {
  const pending = lane(0n)
  const limits = { ...ALL, rows: 1, rowsMax: 3, ageMs: 500 }
  const filled = [0, 2, 4].map((from) => {
    pending.take(batch(from, from + 2), from)
    return [pending.dueInMs(limits, from), pending.isFull(limits)]
  })
  assert.deepEqual(filled, [
    [0, false],
    [0, true],
    [0, true],
  ])
  assert.deepEqual(ranges(pending.cut(limits)), [
    [0, 2, 2],
    [2, 4, 2],
  ])
  pending.prepared(new Map([[`${T}/0`, 4n]]), [])
  assert.equal(pending.dueInMs({ ...ALL, ageMs: 500 }, 4), 500, 'what is left is younger')
  assert.deepEqual(ranges(pending.cut({ ...ALL, bytes: 1 })), [[4, 6, 2]])
})

test('bytes are those of buffers of its own, until what was cut is prepared', () => {
  const whole = batch(0, 100)
  const part = {
    ...whole,
    to: 10n,
    count: 10,
    values: slicesOf(whole, 10),
    offsetDeltas: whole.offsetDeltas.subarray(0, 10),
  }
  const pending = lane(0n)
  pending.take({ ...part, timesMs: whole.timesMs.subarray(0, 10) }, 0)
  const held = 10 * (1 + 4 + 4 + 4 + 8)
  assert.equal(pending.bytes, held)
  pending.cut(ALL)
  assert.equal(pending.bytes, held)
  pending.prepared(new Map([[`${T}/0`, 10n]]), [])
  assert.equal(pending.bytes, 0)
})

function slicesOf({ values: { bytes, starts, ends } }: LogBatch, rows: number): LogBatch['values'] {
  return { bytes, starts: starts.subarray(0, rows), ends: ends.subarray(0, rows) }
}

// biome-ignore format: a table reads by its columns
const cuts: [offset: bigint, left: number[] | undefined][] = [
  [0n, [4, 6, 7]], [4n, [4, 6, 7]], [5n, [6, 7]], [6n, [6, 7]], [7n, [7]], [8n, undefined], [9n, undefined],
]
for (const [offset, left] of cuts) {
  test(`behind ${offset} of 4, 6, 7 lie ${left}`, () => {
    const rest = behind(ownBatch(batch(4, 8, [5])), offset)
    const found =
      rest &&
      Array.from(rest.offsetDeltas, (delta, i) => {
        const at = Number(rest.from) + delta
        assert.equal(rest.values.bytes[rest.values.starts[i]!], at)
        assert.equal(rest.timesMs[i], at)
        return at
      })
    assert.deepEqual(found, left)
  })
}

test('what waits of partitions that went is dropped, and begins there again when they come back', () => {
  const pending = lane(0n)
  pending.take(batch(0, 2), 0)
  pending.take(batch(3, 5, [], 1), 0)
  pending.cut({ ...LIMITS, rowsMax: 1 })
  pending.take(batch(2, 4), 0)
  pending.keep(new Set([`${T}/1`]))
  assert.deepEqual([pending.rows, pending.next(`${T}/0`), pending.next(`${T}/1`)], [4, 2n, 5n])
  pending.prepared(new Map([[`${T}/0`, 2n]]), [])
  assert.deepEqual(
    pending.cut(LIMITS).map(({ partition }) => partition),
    [1],
  )
})

// biome-ignore format: a table reads by its columns
const deals: [name: string, before: (pending: ReturnType<typeof lane>) => void, stands: bigint, next: bigint, expected: bigint, rows: number][] = [
  ['another landed some of it',                    () => {},                                       9n, 9n, 9n, 0],
  ['nobody was there',                             () => {},                                       5n, 5n, 5n, 0],
  ['what waits stays where nobody was there',      (one) => one.take(batch(5, 7), 0),              5n, 7n, 5n, 2],
  ['what waits goes where another was there',      (one) => one.take(batch(5, 7), 0),              6n, 6n, 6n, 0],
  ['an answer that is older than our own commit',  (one) => commit(one),                           5n, 7n, 7n, 0],
  ['what is being staged is seen through',         (one) => { one.take(batch(5, 7), 0); one.cut(LIMITS) }, 9n, 7n, 5n, 2],
  ['what is on its way is seen through',           (one) => prepare(one),                          9n, 7n, 7n, 2],
]
for (const [name, before, stands, next, expected, count] of deals) {
  test(`a partition is dealt: ${name}`, () => {
    const pending = lane(5n)
    before(pending)
    pending.dealt(`${T}/0`, stands)
    assert.deepEqual([pending.next(`${T}/0`), pending.expected(`${T}/0`), pending.rows], [next, expected, count])
  })
}

function prepare(pending: ReturnType<typeof lane>): void {
  pending.take(batch(5, 7), 0)
  pending.cut(LIMITS)
  pending.prepared(new Map([[`${T}/0`, 7n]]), [])
}

function commit(pending: ReturnType<typeof lane>): void {
  prepare(pending)
  pending.committed(new Map([[`${T}/0`, 7n]]), 2)
}

/** Records whose first byte, their key, is odd. */
const sieve = (hash: string): Sieve => ({
  policy: { text: `text of ${hash}`, hash } as Sieve['policy'],
  passes: (_, { bytes, starts }, i) => bytes[starts[i]!]! % 2 === 1,
})

const passedIn = (cut: readonly { readonly passed?: Passed }[]) =>
  cut.map(({ passed }) => passed && [passed.policy, passed.from, passed.to])

test('what a sieve passes over is decided on, and not kept', () => {
  const pending = lane(0n)
  assert.deepEqual(pending.take(batch(0, 7), 0, sieve('p')), { kind: 'taken', passed: 3 })
  assert.equal(pending.next(`${T}/0`), 7n)
  assert.equal(pending.rows, 4)
  const [cut] = pending.cut(LIMITS)
  assert.deepEqual([...cut!.offsetDeltas], [0, 2, 4, 6])
  assert.deepEqual([...cut!.values.bytes], [0, 2, 4, 6])
  assert.deepEqual(cut!.passed, { policy: 'p', text: 'text of p', from: 1n, to: 6n, records: 3, except: [] })
})

// biome-ignore format: a table reads by its columns
const runs: [name: string, taken: (readonly [LogBatch, string | undefined])[], passed: unknown[]][] = [
  ['one policy: one range, whatever lies between',
    [[batch(0, 4), 'p'], [batch(4, 5), 'p'], [batch(5, 9), 'p']],       [['p', 1n, 4n], undefined, ['p', 4n, 8n]]],
  ['another policy begins another range',
    [[batch(0, 4), 'p'], [batch(4, 8), 'q'], [batch(8, 12), 'p']],      [['p', 1n, 4n], ['q', 5n, 8n], ['p', 9n, 12n]]],
  ['no policy in between: what it kept is in no range',
    [[batch(0, 4), 'p'], [batch(4, 6), undefined], [batch(6, 9), 'p']], [['p', 1n, 4n], undefined, ['p', 7n, 8n]]],
  ['each partition has its own',
    [[batch(0, 4), 'p'], [batch(3, 6, [], 1), 'p'], [batch(4, 8), 'p']], [['p', 1n, 4n], ['p', 3n, 6n], ['p', 4n, 8n]]],
]
for (const [name, taken, passed] of runs) {
  test(name, () => {
    const pending = pendingFrom(new Map([[`${T}/0`, 0n]]), () => 3n)
    for (const [one, hash] of taken)
      assert.equal(pending.take(one, 0, hash === undefined ? undefined : sieve(hash)).kind, 'taken')
    assert.deepEqual(passedIn(pending.cut({ ...LIMITS, rows: 100, rowsMax: 100 })), passed)
  })
}

test('a range does not go on over what another has landed meanwhile', () => {
  for (const hears of [(pending: Pending) => pending.keep(new Set()), () => {}]) {
    const pending = lane(0n)
    pending.take(batch(0, 4), 0, sieve('p'))
    pending.cut(LIMITS)
    pending.prepared(new Map([[`${T}/0`, 4n]]), [])
    pending.committed(new Map([[`${T}/0`, 4n]]), 2)
    hears(pending)
    pending.dealt(`${T}/0`, 6n)
    pending.take(batch(6, 10), 0, sieve('p'))
    assert.deepEqual(passedIn(pending.cut(LIMITS)), [['p', 7n, 10n]])
  }
})

test('a range does not go on over what was dropped', () => {
  const pending = lane(0n)
  pending.take(batch(0, 4), 0, sieve('p'))
  pending.cut(LIMITS)
  pending.prepared(new Map([[`${T}/0`, 4n]]), [])
  pending.take(batch(4, 6), 0, sieve('p'))
  pending.keep(new Set())
  pending.take(batch(4, 8), 0, sieve('p'))
  assert.deepEqual(passedIn(pending.cut(LIMITS)), [['p', 5n, 8n]])
})

test('the part of a batch behind an offset passes over what lies there', () => {
  const whole = {
    ...ownBatch(batch(0, 10)),
    passed: { policy: 'p', text: '', from: 2n, to: 7n, records: 3, except: [] },
  }
  assert.deepEqual(passedIn([behind(whole, 1n)!, behind(whole, 4n)!, behind(whole, 7n)!]), [
    ['p', 2n, 7n],
    ['p', 4n, 7n],
    undefined,
  ])
})
