import assert from 'node:assert/strict'
import { it } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import type { Progress, TopicPartition } from '../table.ts'
import { newTable } from './create.ts'
import type { SnapshotJson, TableMetadata } from './metadata.ts'
import { EMPTY, headSaid, progressText, readProgress, SNAPSHOT_ID, saidAt } from './progress.ts'

const headProgress = (metadata: TableMetadata) => readProgress(headSaid(metadata))
const progressAt = (metadata: TableMetadata, id: bigint) => readProgress(saidAt(metadata, id))
const stand = (next: bigint): Progress => ({ ...EMPTY, offsets: new Map([['t/0' as TopicPartition, next]]) })

/** `1 ours, 2<1` : snapshot 2 is another engine's, with parent 1, which is ours and stands at offset 1. */
function table(listed: string, head: bigint | null, property?: bigint, kept = property): TableMetadata {
  const snapshots = listed
    .split(',')
    .filter(Boolean)
    .map((one): SnapshotJson => {
      const [, id, parent, ours] = /^(\d+)(?:<(\d+))?( ours)?$/.exec(one.trim())!
      return {
        'snapshot-id': BigInt(id!),
        ...(parent === undefined ? {} : { 'parent-snapshot-id': BigInt(parent) }),
        'sequence-number': BigInt(id!),
        'timestamp-ms': Number(id),
        'manifest-list': `/snap-${id}`,
        summary: { operation: 'append', ...(ours ? progressText(stand(BigInt(id!))) : {}) },
      }
    })
  const first = { ...newTable(TRADES, 'uuid', 0), location: '/lake' }
  const { 'k2.offsets': _, ...properties } = first.properties
  const said = property === undefined ? {} : { [SNAPSHOT_ID]: String(property) }
  const offsets = kept === undefined ? {} : progressText(stand(kept))
  return { ...first, snapshots, 'current-snapshot-id': head, properties: { ...properties, ...said, ...offsets } }
}

// biome-ignore format: a table reads by its columns
const rows: [name: string, metadata: TableMetadata, answer: bigint | null | 'disagrees'][] = [
  ['nothing has ever landed',                          table('', null),                              null],
  ['others have written, we have not',                 table('1, 2<1', 2n),                          null],
  ['the head is ours',                                 table('1 ours, 2<1 ours', 2n, 2n),            2n],
  ['others wrote after us',                            table('1 ours, 2<1, 3<2', 3n, 1n),            1n],
  ['our parent has expired',                           table('2<1 ours', 2n, 2n),                    2n],
  ['all of ours have expired',                         table('3<2', 3n, 2n),                         2n],
  ['ours is listed on another branch: rolled back',    table('1 ours, 2<1 ours', 1n, 2n),            'disagrees'],
  ['rolled back and written on by others',             table('1 ours, 2<1 ours, 3<1', 3n, 2n),       'disagrees'],
  ['rolled back, and what was there has expired',      table('1 ours, 3<1', 3n, 2n),                 'disagrees'],
  ['rolled back to before us',                         table('1, 2<1 ours', 1n, 2n),                 'disagrees'],
  ['rolled back to a cut history, ours still listed',  table('1<9, 2<1 ours', 1n, 2n),               'disagrees'],
  ['the branch is gone',                               table('1 ours', null, 1n),                    'disagrees'],
  ['a cut history and no properties',                  table('3<2', 3n),                             'disagrees'],
  ['a cut history, and nothing had landed',            table('3<2', 3n, undefined, 0n),              0n],
  ['the properties were dropped, the history says it', table('1 ours, 2<1', 2n),                     1n],
  ['no snapshot as others write it',                   table('', -1n),                               null],
]

for (const [name, metadata, answer] of rows) {
  it(name, () => {
    if (answer === 'disagrees') {
      assert.throws(() => headProgress(metadata), { code: 'LAKE_DISAGREES', message: /Nothing is written until/ })
    } else {
      assert.equal(headProgress(metadata).offsets.get('t/0') ?? null, answer)
    }
  })
}

it('a past snapshot says what its nearest ancestor of ours says, and nothing where that has expired', () => {
  const metadata = table('1 ours, 2<1, 4<3, 5<4 ours, 6<5', 6n, 5n)
  assert.equal(progressAt(metadata, 2n).offsets.get('t/0'), 1n)
  assert.equal(progressAt(metadata, 6n).offsets.get('t/0'), 5n)
  assert.throws(() => progressAt(metadata, 4n), { code: 'NOT_FOUND', message: /has expired/ })
  assert.throws(() => progressAt(metadata, 7n), { code: 'NOT_FOUND' })
})

const full: Progress = {
  offsets: new Map<TopicPartition, bigint>([
    ['a.b/0', 1n],
    ['a.b/11', 2n],
    ['c/2', 9_007_199_254_740_993n],
  ]),
  holes: [
    { topic: 'a.b', partition: 0, from: 0n, to: 1n, reason: 'deferred', policy: 'p"1' },
    { topic: 'c', partition: 2, from: 5n, to: 7n, reason: 'rejected' },
  ],
  last: new Map([
    ['c/2' as TopicPartition, { offset: 9_007_199_254_740_992n, messageId: 'm', timeMs: 1_700_000_000_000 }],
  ]),
}

it('is written compactly and read back the same', () => {
  const texts = progressText(full)
  assert.equal(texts['k2.offsets'], '{"a.b":{"0":1,"11":2},"c":{"2":9007199254740993}}')
  assert.equal(texts['k2.holes'], '[["a.b",0,0,1,"deferred","p\\"1"],["c",2,5,7,"rejected"]]')
  assert.equal(texts['k2.last'], '{"c":{"2":[9007199254740992,"m",1700000000000]}}')
  assert.deepEqual(readProgress({ texts: { ...texts }, where: 'x' }), full)
})

it('is damage where the keys make no sense', () => {
  for (const texts of [
    { 'k2.offsets': '{"a":' },
    { 'k2.offsets': '{"a":{"0":"1"}}' },
    { 'k2.offsets': '{}', 'k2.holes': '[["a",0,5,4,"deferred"]]' },
    { 'k2.offsets': '{}', 'k2.holes': '[["a",0,4,5,"lost"]]' },
    { 'k2.offsets': '{}', 'k2.holes': '{"files":"x"}' },
    { 'k2.offsets': '{}', 'k2.holes': '{"file":' },
  ]) {
    assert.throws(
      () => readProgress({ texts, where: 'snapshot 5' }),
      (error) => error instanceof K2Error && error.code === 'LAKE_DAMAGED' && error.message.includes('snapshot 5'),
    )
  }
  const metadata = table('1 ours', 1n, 1n)
  const edited = { ...metadata, properties: { ...metadata.properties, [SNAPSHOT_ID]: 'one' } }
  assert.throws(() => headProgress(edited), { code: 'LAKE_DAMAGED' })
})
