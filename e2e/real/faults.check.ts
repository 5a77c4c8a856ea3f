/**
 * Exactly once on a real catalog and store while requests and answers are lost: writers that try each piece of work until
 * they hear of it, and a table that holds every file once in the end. K2_FAULT_SEED repeats a run's decisions.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { TRADES } from '@k2/contracts/tables.ts'
import { openTable } from '@k2/lake/iceberg/table.ts'
import { restCatalog } from '@k2/lake/rest/catalog.ts'
import { s3Store } from '@k2/lake/store/s3.ts'
import { assertOnce, intent, seeded } from '@k2/lake/table.examples.ts'
import type { Intent, Table } from '@k2/lake/table.ts'
import { type Fault, proxyTo } from '../worlds/real/proxy.ts'
import { S3_ACCESS, startServer } from '../worlds/real/servers.ts'

const WRITERS = 3
const COMMITS = 25
const TRIES_MAX = 50
const FAULTS: Fault[] = ['lose-request', 'lose-answer', 'give-up']

const s3 = await startServer('s3', 'faults')
const postgres = await startServer('postgres', 'faults')
const catalog = await startServer('catalog', 'faults', { POSTGRES: postgres.url, S3: s3.url })
after(async () => {
  for (const server of [catalog, postgres, s3]) await server.stop()
})

const seed = Number(process.env.K2_FAULT_SEED ?? Date.now() % 1_000_000)
const random = seeded(seed)

/** Of a share of all exchanges, any of the three. */
const faultsOf = (share: number) => (): Fault => (random() < share ? FAULTS[Math.floor(random() * 3)] : undefined)

async function landed(table: Table, work: Intent, told: (code: string) => void): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    try {
      const { kind } = await table.commit(work)
      told(kind)
      assert.notEqual(kind, 'stale')
      return
    } catch (error) {
      told(codeOf(error))
      if (!(error instanceof K2Error) || error.retry === 'never') throw error
    }
  }
  assert.fail(`${work.commitId} was not heard of in ${TRIES_MAX} tries`)
}

test('every file is in the table once, whatever was lost on the way', { timeout: 300_000 }, async (t) => {
  const toCatalog = await proxyTo(catalog.url, faultsOf(0.2))
  const toS3 = await proxyTo(s3.url, faultsOf(0.05))
  t.after(() => [toCatalog, toS3].forEach((proxy) => void proxy.close()))
  const well = { spec: TRADES, now: Date.now, random: Math.random }
  const store = s3Store({ ...S3_ACCESS, endpoint: s3.url })
  const table = await openTable({
    ...well,
    store,
    catalog: restCatalog({ uri: catalog.url, access: { kind: 'none' } }),
  })
  const outcomes: Record<string, number> = {}
  const told = (what: string) => {
    outcomes[what] = (outcomes[what] ?? 0) + 1
  }
  const works = Array.from({ length: WRITERS }, (_, partition) =>
    Array.from({ length: COMMITS }, (_, i) => intent(partition, i === 0 ? null : BigInt(i * 10), BigInt(i * 10 + 10))),
  )
  await Promise.all(
    works.map(async (own) => {
      const ill = {
        store: s3Store({ ...S3_ACCESS, endpoint: toS3.url }),
        catalog: restCatalog({ uri: toCatalog.url, access: { kind: 'none' } }),
      }
      const writer = await openTable({ ...well, ...ill })
      for (const work of own) await landed(writer, work, told)
    }),
  )
  t.diagnostic(JSON.stringify({ seed, catalog: toCatalog.counts, s3: toS3.counts, outcomes }))
  await assertOnce(table, ...works.flat())
  assert.deepEqual([...(await table.head()).progress.offsets.values()], Array(WRITERS).fill(BigInt(COMMITS * 10)))
  const snapshots = await table.snapshots()
  assert.equal(snapshots.length, WRITERS * COMMITS)
  assert.ok((toCatalog.counts['lose-answer'] ?? 0) > 0, 'answers were lost')
})
