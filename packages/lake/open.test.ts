import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { TRADES } from '@k2/contracts/tables.ts'
import { readSettings } from '@k2/service/settings.ts'
import { openTable } from './iceberg/table.ts'
import { openLake } from './open.ts'
import { restServer } from './rest/server.fixture.ts'
import { lakeSettings } from './settings.ts'
import { s3Server } from './store/s3.fixture.ts'
import { assertOnce, intent } from './table.examples.ts'

async function opened(t: TestContext, env: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'k2-open-'))
  t.after(() => rm(folder, { recursive: true }))
  const folders = { warehouse: join(folder, 'warehouse'), cache: join(folder, 'cache') }
  const settings = readSettings(lakeSettings, {}, env)
  const lake = await openLake(settings, folders, Date.now)
  t.after(() => lake.close())
  const table = () => openTable({ ...lake, spec: TRADES, now: Date.now, random: Math.random })
  return { lake, folder, folders, settings, table }
}

it('is a folder where no catalog is set', async (t) => {
  const { lake, folders, table } = await opened(t, { AWS_REGION: 'ap-southeast-2' })
  const trades = await table()
  assert.equal(trades.location, join(folders.warehouse, 'market_data', 'trades_v2'))
  assert.deepEqual(lake.foldersOf([trades]), [trades.location])
  const files = [{ path: '/lake/x', sizeBytes: 1, rows: 1 }]
  assert.deepEqual((await lake.files.pin(files)).paths, ['/lake/x'])
})

it('is the folder that ICEBERG_WAREHOUSE names', async (t) => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'k2-open-'))
  t.after(() => rm(elsewhere, { recursive: true }))
  const { table } = await opened(t, { ICEBERG_WAREHOUSE: `file://${elsewhere}` })
  assert.equal((await table()).location, join(elsewhere, 'market_data', 'trades_v2'))
})

it('is what the catalog says, shown the token', async (t) => {
  const elsewhere = await mkdtemp(join(tmpdir(), 'k2-open-'))
  const server = await restServer(`file://${elsewhere}`)
  t.after(() => server.close())
  t.after(() => rm(elsewhere, { recursive: true }))
  const env = { ICEBERG_CATALOG_URI: server.uri, ICEBERG_CATALOG_TOKEN: 'sesame' }
  const { lake, folders, settings, table } = await opened(t, env)
  const trades = await table()
  await trades.commit(intent(0, null, 10n))
  await assertOnce(trades, intent(0, null, 10n))
  assert.deepEqual(lake.foldersOf([trades]), [folders.cache, join(elsewhere, 'market_data', 'trades_v2')])
  assert.equal(server.requests.at(-1)?.headers.authorization, 'Bearer sesame')
  assert.doesNotMatch(inspect(settings) + JSON.stringify(settings), /sesame/)
})

it('keeps what it stores in S3 for its own reading', async (t) => {
  const [server, s3] = [await restServer('s3://lake/warehouse'), await s3Server()]
  t.after(() => Promise.all([server.close(), s3.close()]))
  const keys = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret' }
  const { lake, folder } = await opened(t, {
    ...keys,
    ICEBERG_CATALOG_URI: server.uri,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
  })
  const file = { path: 's3://lake/data/x-crc32-0123abcd.parquet', sizeBytes: 3 }
  await writeFile(join(folder, 'staged'), 'own')
  await lake.store.publish(join(folder, 'staged'), file.path)
  const { paths, release } = await lake.files.pin([file])
  assert.equal(await readFile(paths[0]!, 'utf8'), 'own')
  release()
  assert.deepEqual(
    s3.asked.map(({ method }) => method),
    ['PUT'],
  )
})

// biome-ignore format: a table reads by its columns
const faults: [name: string, env: Record<string, string>, says: RegExp][] = [
  ['S3 without a catalog',    { ICEBERG_WAREHOUSE: 's3a://lake/x' },                                      /no catalog is set.*Set ICEBERG_CATALOG_URI/],
  ['half of a key',           { ICEBERG_CATALOG_URI: 'http://c', AWS_ACCESS_KEY_ID: 'key' },              /AWS_SECRET_ACCESS_KEY go together/],
  ['a password in a URI',     { ICEBERG_CATALOG_URI: 'http://me:password@c' },                            /ICEBERG_CATALOG_URI/],
  ['a URI that is none',      { ICEBERG_CATALOG_URI: 'catalog:8181' },                                    /ICEBERG_CATALOG_URI/],
]

for (const [name, env, says] of faults) {
  it(`refuses ${name}`, async (t) => {
    await assert.rejects(opened(t, env), (error: { code: string; message: string }) => {
      assert.equal(error.code, 'SETTINGS_INVALID')
      assert.match(error.message, says)
      assert.doesNotMatch(error.message, /me:password/)
      return true
    })
  })
}
