import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TRADES } from '@k2/contracts/tables.ts'
import { advance, intent, TOPIC } from '../table.examples.ts'
import type { Hole, Intent } from '../table.ts'
import { appendContent } from './append.ts'
import { applyUpdates } from './apply.ts'
import { decide as decideOn } from './commit.ts'
import { newTable } from './create.ts'
import { headId } from './history.ts'
import type { TableMetadata } from './metadata.ts'
import { headSaid, headWith, lostOf, progressText, readProgress } from './progress.ts'
import { snapshotRequest } from './snapshot.ts'

const empty = { ...newTable(TRADES, 'uuid', 1000), location: '/lake' }
const hole = (from: bigint, to: bigint, partition = 0): Hole => ({
  topic: TOPIC,
  partition,
  from,
  to,
  reason: 'rejected',
})

const decide = (metadata: TableMetadata, work: Intent) =>
  decideOn(metadata, headWith(metadata, headId(metadata), readProgress(headSaid(metadata))), work)

let ids = 1n
function after(metadata: TableMetadata, work: Intent, nowMs = 2000): TableMetadata {
  const decision = decide(metadata, work)
  assert.equal(decision.kind, 'append')
  const next = decision.kind === 'append' ? decision.next : assert.fail()
  const { updates } = snapshotRequest(metadata, appendContent(metadata, work, progressText(next)), {
    snapshotId: ids++,
    manifestList: '/l',
    nowMs,
  })
  return applyUpdates(metadata, updates, nowMs)
}

const one = after(empty, intent(0, null, 10n, { holesAdded: [hole(3n, 5n)] }))
const two = after(one, intent(1, null, 7n))
const read = [hole(3n, 5n)]

// biome-ignore format: a table reads by its columns
const rows: [name: string, metadata: TableMetadata, work: Intent, kind: string, why?: RegExp][] = [
  ['the first of a partition',             empty, intent(0, null, 10n),                              'append'],
  ['the next step',                        two,   intent(0, 10n, 20n, { holesRead: read }),          'append'],
  ['no step, but a hole struck',           two,   intent(0, null, 0n, { advances: [], commitId: 'b', holesRead: read, holesStruck: read }), 'append'],
  ['the same again',                       one,   intent(0, null, 10n),                              'already'],
  ['the same again, under a later head',   two,   intent(0, null, 10n),                              'already'],
  ['it starts behind the table',           two,   intent(0, 9n, 20n, { holesRead: read }),           'stale', /binance\/0 stands at offset 10 in the table, and .* from 9/],
  ['it starts before the table',           two,   intent(0, 11n, 20n, { holesRead: read }),          'stale', /stands at offset 10 .* from 11/],
  ['it thinks that nothing has landed',    two,   intent(1, null, 9n),                               'stale', /binance\/1 stands at offset 7 .* from none/],
  ['nothing has landed, it thinks some',   two,   intent(2, 5n, 9n),                                 'stale', /binance\/2 stands at offset none .* from 5/],
  ['it has not seen the hole',             two,   intent(0, 10n, 20n),                               'stale', /has the holes .*\[3, 5\) rejected in the table, .* from none/],
  ['it saw a hole that is struck',         two,   intent(1, 7n, 9n, { holesRead: [hole(1n, 2n, 1)] }), 'stale', /has the holes none .* \[1, 2\) rejected/],
  ['others\' holes do not matter',         two,   intent(1, 7n, 9n),                                 'append'],
]

for (const [name, metadata, work, kind, why] of rows) {
  it(`${kind}: ${name}`, () => {
    const decision = decide(metadata, work)
    assert.equal(decision.kind, kind)
    if (why !== undefined) assert.match(decision.kind === 'stale' ? decision.why : '', why)
  })
}

it('an intent that contradicts itself is a bug', () => {
  const bugs: Partial<Intent>[] = [
    { commitId: '' },
    { advances: [advance(0, 10n, 9n)] },
    { advances: [advance(0, null, -1n)] },
    { advances: [advance(0, null, 5n), advance(0, null, 5n)] },
    { holesAdded: [hole(9n, 11n)] },
    { holesStruck: [hole(0n, 1n)] },
  ]
  for (const bug of bugs) assert.throws(() => decide(empty, intent(0, null, 10n, bug)), RangeError, Object.keys(bug)[0])
})

it('counts what it adds, and totals where the snapshot before has them', () => {
  const said = two.snapshots!.at(-1)!.summary
  assert.deepEqual([said['added-data-files'], said['added-records'], said['added-files-size']], ['1', '1', '1001'])
  assert.deepEqual([said['total-data-files'], said['total-records'], said['total-files-size']], ['2', '2', '2002'])
  const foreign = {
    ...two,
    snapshots: two.snapshots!.map((s) => ({ ...s, summary: { ...s.summary, 'total-records': 'many' } })),
  }
  assert.equal(after(foreign, intent(1, 7n, 8n)).snapshots!.at(-1)!.summary['total-records'], undefined)
  for (const value of Object.values(said)) assert.equal(typeof value, 'string')
})

it('asks for the table and head that it decided on, and sets properties with the snapshot', () => {
  const work = intent(1, 7n, 8n)
  const decision = decide(two, work)
  const next = decision.kind === 'append' ? decision.next : assert.fail()
  const request = snapshotRequest(two, appendContent(two, work, progressText(next)), {
    snapshotId: 99n,
    manifestList: '/l',
    nowMs: 5,
  })
  assert.deepEqual(request.requirements, [
    { type: 'assert-table-uuid', uuid: 'uuid' },
    { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': headId(two) },
  ])
  const [added, , set] = request.updates
  assert.equal(added?.action === 'add-snapshot' && added.snapshot['timestamp-ms'], 2000) // not 5: never backwards
  assert.equal(set?.action === 'set-properties' && set.updates['k2.snapshot-id'], '99')
})

it('keeps what is given up in the properties, whatever is given up before and after', () => {
  const lost = (from: bigint, to: bigint) => hole(from, to, 1)
  const holed = after(two, { ...intent(1, 7n, 20n), holesAdded: [lost(8n, 12n)] })
  const striking = (metadata: TableMetadata, from: bigint, to: bigint, holesRead: readonly Hole[]) => {
    const struck = [lost(from, to)]
    return after(metadata, {
      ...intent(1, 20n, 20n),
      commitId: `lost ${from}`,
      holesRead,
      holesStruck: struck,
      lost: struck,
    })
  }
  const once = striking(holed, 9n, 10n, [lost(8n, 12n)])
  const twice = striking(once, 10n, 12n, [lost(8n, 9n), lost(10n, 12n)])
  assert.deepEqual(lostOf(two), [])
  assert.deepEqual(lostOf(after(twice, { ...intent(1, 20n, 30n), holesRead: [lost(8n, 9n)] })), [lost(9n, 12n)])
})
