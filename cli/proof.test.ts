import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY } from './proof.fixture.ts'
import { type Proof, proofJson, proofLine, together } from './proof.ts'

const SNAPSHOT = { snapshotId: '4794685530110770832', committedAtMicros: '1394398624754000' }
const hole = (from: string, to: string, reason: string) => ({ topic: 't', partition: 1, from, to, reason })

// biome-ignore format: a table reads by its columns
const lines: [proof: Partial<Proof>, line: string][] = [
  [{},                                              '0 rows · complete'],
  [{ count: 1 },                                    '1 row · complete'],
  [{ count: 2, hasMore: true },                     '2 rows, and there are more · complete'],
  [{ ...SNAPSHOT },                                 '0 rows · complete · snapshot 4794685530110770832 of 2014-03-09T20:57:04Z'],
  [{ offsets: { 't/10': '5', 't/9': '7' } },        '0 rows · complete · t up to 9:7 10:5'],
  [{ offsets: { 't/1': '1', 't/2': '2', 't/3': '3', 't/4': '4', 'u/0': '9' } },
                                                    '0 rows · complete · t up to 1:1 2:2 3:3 and of 1 partitions more · u up to 0:9'],
  [{ complete: false, reasons: ['TAIL_LIMIT'] },    '0 rows · NOT COMPLETE: TAIL_LIMIT'],
  [{ complete: false, reasons: ['DEFERRED_RECORDS', 'REJECTED_RECORDS'], holes: [hole('9', '12', 'deferred'), hole('20', '21', 'rejected')] },
                                                    '0 rows · NOT COMPLETE: DEFERRED_RECORDS, REJECTED_RECORDS (4 offsets passed over)'],
]
for (const [proof, line] of lines) test(line, () => assert.equal(proofLine({ ...EMPTY, ...proof }), line))

test("it is REST's meta", () => {
  const [deferred, rejected] = [hole('9', '12', 'deferred'), hole('20', '21', 'rejected')]
  const given = { count: 3, nextCursor: 'c', elapsedMs: 1.23456, offsets: { 't/10': '5', 't/9': '7' } }
  const json = proofJson({ ...EMPTY, ...SNAPSHOT, ...given, holes: [rejected, deferred] })
  assert.equal(
    JSON.stringify(json),
    JSON.stringify({
      count: 3,
      has_more: false,
      next_cursor: 'c',
      complete: true,
      reasons: [],
      snapshot: { id: SNAPSHOT.snapshotId, committed_at: '2014-03-09T20:57:04.754000Z' },
      offsets: { 't/9': '7', 't/10': '5' },
      deferred: [deferred],
      rejected: [rejected],
      elapsed_ms: 1.235,
    }),
  )
})

test('pages together are as complete as the least complete of them', () => {
  const pages: Partial<Proof>[] = [
    { count: 5, complete: false, reasons: ['TAIL_LIMIT'], hasMore: true, nextCursor: 'c', elapsedMs: 1 },
    { count: 2, ...SNAPSHOT, elapsedMs: 2 },
  ]
  const all = pages.map((page) => ({ ...EMPTY, ...page })).reduce<Proof | undefined>(together, undefined)
  assert.deepEqual(all, { ...EMPTY, ...SNAPSHOT, count: 7, complete: false, reasons: ['TAIL_LIMIT'], elapsedMs: 3 })
})
