/**
 * Loader, sink and query-service, each in a process of its own, over a real Kafka, schema registry, catalog and S3: they
 * start before what they need is there, load once, and answer with every row.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { writeSample } from '@k2/embedded/sample.ts'
import { S3_ACCESS, startServer } from '../worlds/real/servers.ts'

type Name = 'csv-loader' | 'iceberg-sink' | 'query-service'
type Env = Readonly<Record<string, string>>

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const running = new Set<ChildProcess>()
const servers: { stop(): Promise<void> }[] = []
after(async () => {
  for (const child of running) child.kill('SIGKILL')
  for (const server of servers.reverse()) await server.stop()
})

async function server(...args: Parameters<typeof startServer>): Promise<string> {
  const started = await startServer(...args)
  servers.push(started)
  return started.url
}

function start(name: Name, args: readonly string[], env: Env) {
  const child = spawn(process.execPath, [join(ROOT, 'services', name, 'main.ts'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return { code: code as number | null, out, err }
  })
  /** Where it listens. */
  async function url(): Promise<string> {
    for (let tries = 0; tries < 600; tries++) {
      const found = /"url":"([^"]+)","msg":"listening"/.exec(err)
      if (found) return found[1]!
      assert.ok(running.has(child), `${name} ended: ${err}`)
      await sleep(100)
    }
    throw new Error(`${name} does not listen: ${err}`)
  }
  return { child, ended, url, log: () => err }
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds().catch(() => false)) return
    await sleep(200)
  }
  assert.fail(`not in a minute: ${what}`)
}

interface Meta {
  readonly complete: boolean
  readonly has_more: boolean
  readonly next_cursor: string
}

test('each service alone, in any order, over real servers', { timeout: 400_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-services-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const s3 = await server('s3', 'services')
  const catalog = await server('catalog', 'services', { S3: s3 })
  const registry = await server('registry', 'services')
  const kafka = await startServer('kafka', 'services')
  servers.push(kafka)
  const env = (name: Name): Env => ({
    KAFKA_BROKERS: kafka.url,
    SCHEMA_REGISTRY_URL: registry,
    ICEBERG_CATALOG_URI: catalog,
    AWS_ENDPOINT_URL_S3: s3,
    AWS_REGION: S3_ACCESS.region,
    AWS_ACCESS_KEY_ID: S3_ACCESS.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_ACCESS.credentials.secretAccessKey,
    K2_DATA: join(folder, name),
    K2_HTTP_PORT: '0',
    K2_GRPC_PORT: '0',
    K2_SINK_COMMIT_AGE: '1000',
  })
  const files = await writeSample(join(folder, 'sample'), 3)
  const rows = (await Promise.all(files.map((path) => readFile(path, 'utf8')))).map(
    (text) => text.split('\n').filter((line) => line.trim() !== '').length,
  )

  const sink = start('iceberg-sink', [], env('iceberg-sink'))
  const sinkUrl = await sink.url()
  const query = start('query-service', [], env('query-service'))
  await until('the sink is ready', async () => (await fetch(`${sinkUrl}/health/ready`)).ok)
  const load = await start('csv-loader', ['load', '--symbol', 'KTA', ...files], env('csv-loader')).ended
  assert.equal(load.code, 0, load.err)
  const reports = load.out.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line)]))
  assert.deepEqual(
    reports.map(({ read, sent, failed }) => ({ read, sent, failed })),
    rows.map((read) => ({ read, sent: read, failed: null })),
  )
  const total = rows.reduce((sum, count) => sum + count, 0)
  const queryUrl = await query.url()
  const symbols = [...new Set(reports.map(({ symbol }) => symbol))]
  assert.equal(await counted(queryUrl, symbols, 'hybrid'), total, 'log and lake together have every row at once')
  await until('all is in the lake', async () => (await counted(queryUrl, symbols, 'lake')) === total)
  const again = await start('csv-loader', ['load', '--symbol', 'KTA', ...files], env('csv-loader')).ended
  assert.equal(again.code, 0, again.err)
  for (const line of again.out.split('\n').filter((text) => text.trim() !== '')) assert.equal(JSON.parse(line).sent, 0)

  for (const each of [query, sink]) {
    each.child.kill('SIGTERM')
    const end = await each.ended
    assert.equal(end.code, 0, end.err.slice(-4_000))
  }
})

async function counted(url: string, symbols: readonly string[], source: string): Promise<number> {
  let count = 0
  for (const symbol of symbols) {
    for (let cursor = ''; ; ) {
      const answer = await fetch(`${url}/v1/trades?symbol=${symbol}&source=${source}&limit=10000${cursor}`)
      const { data, meta } = (await answer.json()) as { data: object[]; meta: Meta }
      assert.equal(meta.complete, true)
      count += data.length
      if (!meta.has_more) break
      cursor = `&cursor=${encodeURIComponent(meta.next_cursor)}`
    }
  }
  return count
}
