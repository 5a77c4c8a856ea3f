import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Report, Reports, reportOf } from './reports.ts'

const TIMES = { silentMs: 15, forgetMs: 100 }
const of = (
  instance: string,
  heapShare: number,
  ...lags: [group: string, lagRecords: number, behindSeconds: number][]
): Report => ({
  ...{ service: 's', instance, heapShare, alerts: [] },
  lags: lags.map(([group, lagRecords, behindSeconds]) => ({ group, lagRecords, behindSeconds })),
})

test('of a group the lag of all its instances counts, of groups the worst, of memory the worst', () => {
  const reports = new Reports(TIMES)
  reports.take(of('a', 0.3, ['g', 10, 1], ['h', 25, 7]), 0)
  reports.take(of('b', 0.6, ['g', 20, 2]), 0)
  const worst = { lagRecords: 30, lagOf: 'g', heapShare: 0.6, heapOf: 's b', behindSeconds: 7, isPartial: false }
  assert.deepEqual(reports.worst(15), worst)
})

test('the last word of an instance counts', () => {
  const reports = new Reports(TIMES)
  reports.take(of('a', 0.9, ['g', 10, 1]), 0)
  reports.take(of('a', 0.1), 1)
  assert.deepEqual([reports.worst(1).lagRecords, reports.worst(1).heapShare], [0, 0.1])
})

// biome-ignore format: a table reads by its columns
const rows: [name: string, nowMs: number, isPartial: boolean, lagRecords: number][] = [
  ['who has just told',                            15,  false, 10],
  ['who is silent counts, and is missed',          16,  true,  10],
  ['who was silent for long is forgotten',         101, true,  0],
]
for (const [name, nowMs, isPartial, lagRecords] of rows) {
  test(name, () => {
    const reports = new Reports(TIMES)
    reports.take(of('a', 0.1, ['g', 10, 0]), 0)
    const worst = reports.worst(nowMs)
    assert.deepEqual([worst.isPartial, worst.lagRecords], [isPartial, lagRecords])
  })
}

test('who is silent is forgotten once another one of its service has begun since', () => {
  const reports = new Reports(TIMES)
  reports.take(of('old', 0.1, ['g', 10, 0]), 0)
  reports.take(of('beside', 0.1, ['g', 5, 0]), 0)
  reports.take({ ...of('another', 0.1), service: 't' }, 3)
  reports.take(of('beside', 0.1, ['g', 5, 0]), 20)
  reports.take({ ...of('another', 0.1), service: 't' }, 20)
  assert.deepEqual([reports.worst(20).isPartial, reports.worst(20).lagRecords], [true, 15])
  reports.take(of('new', 0.1, ['g', 1, 0]), 20)
  assert.deepEqual([reports.worst(20).isPartial, reports.worst(20).lagRecords], [false, 6])
})

test('there is a bound to those who report', () => {
  const reports = new Reports(TIMES)
  for (let i = 0; i < 1_000; i++) assert.equal(reports.take(of(String(i), 0), 0), true)
  assert.equal(reports.take(of('one more', 0), 0), false)
  assert.equal(reports.take(of('7', 0), 0), true)
})

test('a report as it is sent', () => {
  const sent = {
    service: 's',
    instance: 'a',
    heapShare: 0.5,
    lags: [{ group: 'g', lagRecords: '12', behindSeconds: 3 }],
  }
  assert.deepEqual(reportOf(sent), of('a', 0.5, ['g', 12, 3]))
  for (const wrong of [
    { service: '' },
    { instance: '' },
    { heapShare: -1 },
    { lags: [{ lagRecords: '-1' }] },
    { lags: [{ lagRecords: 'x' }] },
  ])
    assert.throws(() => reportOf({ ...sent, ...wrong }), { code: 'INVALID_ARGUMENT' })
})
