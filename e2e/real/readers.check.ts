/**
 * `npm start` over a real REST catalog, in a folder and in S3: PyIceberg, led there by the same catalog, and Python's
 * DuckDB hold the tables and the answers against the files. K2_PYTHON names a Python with readers/requirements.txt.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { writeSample } from '@k2/embedded/sample.ts'
import { runOnce } from '../worlds/once.ts'
import { S3_ACCESS, startServer } from '../worlds/real/servers.ts'
import { serve } from '../worlds/serve.ts'

const { K2_PYTHON } = process.env
const SCRIPT = fileURLToPath(new URL('../readers/check_lake.py', import.meta.url))
const SYMBOLS = ['KTA', 'KTB', 'KTC']

const s3 = await startServer('s3', 'readers')
const postgres = await startServer('postgres', 'readers')
const onS3 = await startServer('catalog', 'readers', { POSTGRES: postgres.url, S3: s3.url })
const onFolder = await startServer('catalog', 'readers-folder')
after(async () => {
  for (const server of [onFolder, onS3, postgres, s3]) await server.stop()
})

const aws = {
  AWS_ENDPOINT_URL_S3: s3.url,
  AWS_REGION: S3_ACCESS.region,
  AWS_ACCESS_KEY_ID: S3_ACCESS.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: S3_ACCESS.credentials.secretAccessKey,
}

/** Commits of a few hundred rows, and at once somebody who makes large files of them. */
const SMALL = {
  K2_LOADER_APPEND_ROWS: '300',
  K2_LOADER_LAG: '300',
  K2_SINK_COMMIT_ROWS: '300',
  K2_SINK_UPKEEP_INTERVAL: '500',
}

/** Files that came in small are read back from there, sorted into one, and put in their place. */
async function compacted(url: string): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    const answer = await fetch(`${url}/v1/snapshots?table=trades&limit=100`)
    const { data } = (await answer.json()) as { data: { operation: string }[] }
    if (data.some(({ operation }) => operation === 'replace')) return
    await sleep(500)
  }
  assert.fail('nothing was compacted in a minute')
}

const lakes: [name: string, where: Record<string, string>][] = [
  ['SQLite, in a folder', { ICEBERG_CATALOG_URI: onFolder.url }],
  ['PostgreSQL, in S3', { ICEBERG_CATALOG_URI: onS3.url, ...aws }],
]

for (const [name, where] of lakes) {
  const env = { ...where, ...SMALL }
  const skip = K2_PYTHON === undefined ? 'K2_PYTHON names no Python' : false
  test(`REST on ${name}: PyIceberg and DuckDB agree with the lake and its answers`, {
    skip,
    timeout: 300_000,
  }, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'k2-real-'))
    t.after(() => rm(folder, { recursive: true }))
    const files = await writeSample(folder, 3)
    const args = ['--csv', ...files, '--data', join(folder, 'data')]
    await runOnce(args, env)
    const again = await runOnce(args, env)
    assert.equal(again.sent, 0, 'what the lake holds is not loaded again')
    const server = await serve(args, env)
    try {
      await compacted(server.url)
      const pairs = SYMBOLS.map((symbol, i) => `${symbol}=${files[i]}`)
      const python = spawnSync(K2_PYTHON!, [SCRIPT, where.ICEBERG_CATALOG_URI!, server.url, ...pairs], {
        env: { ...process.env, ...env },
        encoding: 'utf8',
      })
      t.diagnostic(python.stdout)
      assert.equal(python.status, 0, `${python.stdout}\n${python.stderr}`)
    } finally {
      assert.equal(await server.stop(), 0, 'it drains and ends with 0')
    }
  })
}
