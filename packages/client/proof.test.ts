import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY } from './proof.fixture.ts'
import { type Proof, proofJson, proofLine, together } from './proof.ts'

const SNAPSHOT = { snapshotId: '4794685530110770832', committedAtMicros: '1394398624754000' }
const hole = (from: string, to: string, reason: string) => ({ topic: 't', partition: 1, from, to, reason })

const PLAN = {
  ...{
    filesInTable: 96,
    files: 1,
    filesFromBars: 0,
    bytes: '1000',
    bytesSkipped: '7000',
    rowGroups: 6,
    rowGroupsRead: 2,
    rowsRead: '4096',
    tailRecords: '3',
    bytesExpected: '1000',
    bytesMax: '0',
  },
  partitions: [{ exchangeDate: '2014-03-10', symbolBucket: 7, files: 1 }],
}

const LEDGER = {
  ...{ heardAtMicros: '1394398624754000', trouble: '', behind: '0', ranges: 1, missing: '3' },
  open: [
    {
      ...{ symbol: 'KTA', exchange: 'ASX', date: '2014-03-10', fromSequence: '3', toSequence: '5' },
      ...{ afterTimestampMicros: '1394398624754000', beforeTimestampMicros: '1394398625000000' },
    },
  ],
}

// biome-ignore format: a table reads by its columns
const lines: [proof: Partial<Proof>, line: string][] = [
  [{},                                              '0 rows · complete'],
  [{ count: 1 },                                    '1 row · complete'],
  [{ count: 2, hasMore: true },                     '2 rows, and there are more · complete'],
  [{ ...SNAPSHOT },                                 '0 rows · complete · snapshot 4794685530110770832 of 2014-03-09T20:57:04Z'],
  [{ snapshots: [{ table: 'trades_v2', ...SNAPSHOT }] },
                                                    '0 rows · complete · trades_v2 snapshot 4794685530110770832'],
  [{ offsets: { 't/10': '5', 't/9': '7' } },        '0 rows · complete · t up to 9:7 10:5'],
  [{ offsets: { 't/1': '1', 't/2': '2', 't/3': '3', 't/4': '4', 'u/0': '9' } },
                                                    '0 rows · complete · t up to 1:1 2:2 3:3 and of 1 partitions more · u up to 0:9'],
  [{ complete: false, reasons: ['TAIL_LIMIT'] },    '0 rows · NOT COMPLETE: TAIL_LIMIT'],
  [{ complete: false, reasons: ['DEFERRED_RECORDS', 'REJECTED_RECORDS'], holes: [hole('9', '12', 'deferred'), hole('20', '21', 'rejected')] },
                                                    '0 rows · NOT COMPLETE: DEFERRED_RECORDS, REJECTED_RECORDS (4 offsets passed over)'],
  [{ ledger: LEDGER },                              '0 rows · complete · the ledger misses 3 numbers in 1 range'],
  [{ ledger: { ...LEDGER, ranges: 0, trouble: 'nobody answers.' } },
                                                    '0 rows · complete · the ledger may lack gaps: nobody answers'],
  [{ plan: PLAN },                                  '0 rows · complete · read 1 of 96 files, 2 of 6 row groups, 3 records of the log'],
  [{ plan: { ...PLAN, files: 5, filesFromBars: 4 } },
                                                    '0 rows · complete · read 1 of 96 files and bars of 4, 2 of 6 row groups, 3 records of the log'],
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

test('of several tables it has the snapshot of each', () => {
  const { snapshot, snapshots } = proofJson({ ...EMPTY, snapshots: [{ table: 'quotes_v2', ...SNAPSHOT }] })
  const told = { id: SNAPSHOT.snapshotId, committed_at: '2014-03-09T20:57:04.754000Z' }
  assert.deepEqual([snapshot, snapshots], [null, [{ table: 'quotes_v2', ...told }]])
})

test('a plan is told as REST tells it', () => {
  assert.deepEqual(proofJson({ ...EMPTY, plan: PLAN }).plan, {
    ...{
      files_in_table: 96,
      files: 1,
      files_from_bars: 0,
      bytes: 1000,
      bytes_skipped: 7000,
      row_groups: 6,
      row_groups_read: 2,
      rows_read: 4096,
      tail_records: 3,
      bytes_expected: 1000,
      bytes_max: 0,
    },
    partitions: [{ exchange_date: '2014-03-10', symbol_bucket: 7, files: 1 }],
  })
})

test('the ledger is told as REST tells it', () => {
  assert.deepEqual(proofJson({ ...EMPTY, ledger: LEDGER }).ledger, {
    ...{ heard_at: '2014-03-09T20:57:04.754000Z', trouble: null, behind: '0', ranges: 1, missing: '3' },
    open: [
      {
        ...{ symbol: 'KTA', exchange: 'ASX', date: '2014-03-10', from_sequence: '3', to_sequence: '5' },
        ...{ after_timestamp: '2014-03-09T20:57:04.754000Z', before_timestamp: '2014-03-09T20:57:05.000000Z' },
      },
    ],
  })
})

test('pages together are as complete as the least complete of them', () => {
  const pages: Partial<Proof>[] = [
    { count: 5, complete: false, reasons: ['TAIL_LIMIT'], hasMore: true, nextCursor: 'c', elapsedMs: 1 },
    { count: 2, ...SNAPSHOT, elapsedMs: 2 },
  ]
  const all = pages.map((page) => ({ ...EMPTY, ...page })).reduce<Proof | undefined>(together, undefined)
  assert.deepEqual(all, { ...EMPTY, ...SNAPSHOT, count: 7, complete: false, reasons: ['TAIL_LIMIT'], elapsedMs: 3 })
})
