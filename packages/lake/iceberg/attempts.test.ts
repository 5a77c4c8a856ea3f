import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import type { Catalog } from '../catalog.ts'
import type { Store } from '../store/store.ts'
import { attempts, type Request } from './attempts.ts'
import { newTable } from './create.ts'
import type { TableMetadata } from './metadata.ts'

const EMPTY = { ...newTable(TRADES, 'uuid', 1), location: '/lake' }
const TAKEN = { ...EMPTY, snapshots: [{ 'snapshot-id': 7n }] } as unknown as TableMetadata
const AWAY = 'LAKE_UNAVAILABLE'

type Answer = TableMetadata | Code

// biome-ignore format: a table reads by its columns
const rows: [name: string, commits: Code[], loads: Answer[], end: Code, deleted: boolean][] = [
  ['nothing is heard, and the catalog is away then',      ['COMMIT_UNKNOWN'], [EMPTY, AWAY],              'COMMIT_UNKNOWN',   false],
  ['a conflict, and the catalog is away then',            ['LAKE_CONFLICT'],  [EMPTY, AWAY],              'COMMIT_UNKNOWN',   false],
  ['a conflict of what is in, and the catalog away then', ['LAKE_CONFLICT'],  [EMPTY, TAKEN, AWAY],       'COMMIT_UNKNOWN',   false],
  ['a conflict of what is not in, and it is away then',   ['LAKE_CONFLICT'],  [EMPTY, EMPTY, AWAY],       AWAY,               true],
  ['the catalog is away',                                 [],                 [AWAY],                     AWAY,               false],
]

for (const [name, commits, loads, end, isDeleted] of rows) {
  test(`what an attempt ends with: ${name}`, async () => {
    const next = <T>(answers: readonly (T | Code)[]) => {
      const left = [...answers]
      return async () => {
        const answer = left.shift()
        if (typeof answer === 'string') throw new K2Error(answer as Code, 'as the test has it')
        return answer as T
      }
    }
    const deleted: string[] = []
    const ports = {
      catalog: { commit: next(commits) } as unknown as Catalog,
      store: { delete: async (path: string) => void deleted.push(path) } as unknown as Store,
      random: () => 0,
      sleep: async () => {},
    }
    const request: Request = { requirements: [], updates: [], adds: { snapshotId: 7n, manifestList: '/list' } }
    const change = { prepared: [], step: async () => ({ kind: 'try', request, outcome: () => 'in' }) as const }
    await assert.rejects(attempts(ports, { namespace: 'n', name: 't' }, next(loads), change), { code: end })
    assert.deepEqual(deleted, isDeleted ? ['/list'] : [])
  })
}
