/**
 * A record whose schema the registry did not know, over a real Kafka, registry, catalog and S3: a hole beside a running
 * sink, an answer that says so, and its way back by `k2 dlq`, which is killed on the way.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { openLog } from '@k2/log/open.ts'
import { logSettings } from '@k2/log/settings.ts'
import { readSettings } from '@k2/service/settings.ts'
import { TOPIC } from '../oracle/log.ts'
import { k2 } from '../worlds/k2.ts'
import { S3_ACCESS, s3Environment, startServer } from '../worlds/real/servers.ts'
import { type Fate, PARTITION, SYMBOL } from '../worlds/rejected.ts'
import { tradeMaker } from '../worlds/trades.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const running = new Set<ChildProcess>()
/** Their last words. */
const logs = new Map<string, string>()
const closing: (() => Promise<unknown> | unknown)[] = []
after(async () => {
  for (const child of running) child.kill('SIGKILL')
  for (const close of closing.reverse()) await close()
})

async function server(...args: Parameters<typeof startServer>): Promise<string> {
  const { url, stop } = await startServer(...args)
  closing.push(stop)
  return url
}

/** Where that door of a service in a process of its own is. */
async function service(name: string, door: string, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [join(ROOT, 'services', name, 'main.ts')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  running.add(child)
  let err = ''
  child.stderr.on('data', (chunk) => {
    err = `${err}${chunk}`.slice(-100_000)
    logs.set(name, err.slice(-2_000))
  })
  child.once('close', () => running.delete(child))
  for (let tries = 0; tries < 600; tries++) {
    const found = new RegExp(`"door":"${door}","url":"([^"]+)","msg":"listening"`).exec(err)
    if (found) return found[1]!
    assert.ok(running.has(child), `${name} ended: ${err}`)
    await sleep(100)
  }
  throw new Error(`${name} does not listen: ${err}`)
}

/** The registry, as if it did not have the schemas that are hidden. */
async function forgetful(registry: string, hidden: ReadonlySet<number>): Promise<string> {
  const proxy = createServer(async (incoming, outgoing) => {
    const id = /\/schemas\/ids\/(\d+)/.exec(incoming.url ?? '')?.[1]
    if (id !== undefined && hidden.has(Number(id)))
      return void outgoing.writeHead(404).end('{"error_code":40403,"message":"Schema not found"}')
    const body = Buffer.concat(await incoming.toArray())
    const { method = 'GET', headers } = incoming
    const type = headers['content-type']
    const answer = await fetch(new URL(incoming.url ?? '', registry), {
      method,
      ...(body.length > 0 && { body }),
      ...(type !== undefined && { headers: { 'content-type': type } }),
    })
    outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  closing.push(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${new URL(registry).pathname}`
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  let why: unknown
  for (let tries = 0; tries < 300; tries++) {
    const isSo = await holds().catch((error) => {
      why = error
      return false
    })
    if (isSo) return
    await sleep(200)
  }
  assert.fail(`not in a minute: ${what} (${why}) ${[...logs].map(([name, log]) => `\n${name}: ${log}`)}`)
}

test('what a registry lost is replayed once, beside a running sink and through kill -9', {
  timeout: 500_000,
}, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-dlq-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const s3 = await server('s3', 'dlq')
  const catalog = await server('catalog', 'dlq', { S3: s3 })
  const registryUrl = await server('registry', 'dlq')
  const kafka = await server('kafka', 'dlq')
  const hidden = new Set<number>()
  const env = (name: string, registry: string): Record<string, string> => ({
    ...s3Environment(s3),
    AWS_ACCESS_KEY_ID: S3_ACCESS.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_ACCESS.credentials.secretAccessKey,
    KAFKA_BROKERS: kafka,
    SCHEMA_REGISTRY_URL: registry,
    ICEBERG_CATALOG_URI: catalog,
    K2_DATA: join(folder, name),
    K2_HTTP_PORT: '0',
    K2_GRPC_PORT: '0',
    K2_PROBE_PORT: '0',
    K2_SINK_COMMIT_AGE: '300',
  })
  const own = env('own', registryUrl)
  const cli = (...words: string[]) => k2([...words, '--json'], '127.0.0.1:1', own)
  const rowsOf = async (asked: ReturnType<typeof k2>) => {
    const { code, out, err } = await asked.ended
    return { code, err, rows: JSON.parse(out || '[]') }
  }
  const applied = await cli('topics', 'apply').ended
  assert.equal(applied.code, 0, applied.err)

  const { log, registry } = await openLog(readSettings(logSettings, {}, own), {
    folder,
    now: Date.now,
    incompatibility,
  })
  closing.push(() => log.close())
  const make = await tradeMaker(registry)
  const later = await registry.register(
    'later-value',
    JSON.stringify({ ...JSON.parse(SCHEMAS.trades), doc: 'A later one.' }),
  )
  hidden.add(later)
  let number = 0
  const append = (...fates: Fate[]) => {
    const records = fates.map((fate) => {
      const { key, value } = make(SYMBOL, ++number)
      if (fate === 'later') value.writeInt32BE(later, 1)
      return { key, value: fate === 'damaged' ? value.subarray(0, value.length - 3) : value }
    })
    return log.append(TOPIC, records)
  }
  const blind = await forgetful(registryUrl, hidden)
  await service('iceberg-sink', 'probes', env('sink', blind))
  const query = await service('query-service', 'rest', env('query', blind))
  const answer = async (source = 'lake') => {
    const reply = await fetch(`${query}/v1/trades?symbol=${SYMBOL}&limit=10000&order=asc&source=${source}`)
    const { data, meta } = (await reply.json()) as {
      data: { source_sequence: string; kafka_offset: string }[]
      meta: { complete: boolean }
    }
    return { complete: meta.complete, numbers: data.map((row) => Number(row.source_sequence)), data }
  }

  const HOLES = 60
  await append('good', 'damaged')
  await append(...Array.from({ length: HOLES }, (_, i): Fate => (i % 2 === 0 ? 'later' : 'good')))
  const good = () => Array.from({ length: number }, (_, i) => i + 1).filter((one) => one !== 2)
  const early = good().filter((one) => one < 3 || one % 2 === 0)
  await until('all is landed', async () => (await answer()).numbers.length === early.length)
  assert.deepEqual(await answer().then(({ complete, numbers }) => ({ complete, numbers })), {
    complete: false,
    numbers: early,
  })
  const listed = await rowsOf(cli('dlq', 'list'))
  assert.deepEqual(
    listed.rows.map(({ code, state, records }: Record<string, unknown>) => [code, state, records]),
    [
      ['avro', 'open', 1],
      ['schema', 'open', HOLES / 2],
    ],
  )

  // The sink commits to the same partition all the while; the replay is killed again and again before it is let through.
  const ending = new AbortController()
  const feeding = (async () => {
    while (!ending.signal.aborted) {
      await append('good')
      await sleep(100)
    }
  })()
  const startMs = performance.now()
  await cli('dlq', 'replay', '--code', 'schema', '--dry-run').ended
  const wholeMs = performance.now() - startMs
  for (let life = 0; life < 4; life++) {
    const asked = cli('dlq', 'replay', '--code', 'schema')
    await sleep(wholeMs * (0.5 + life / 10))
    asked.kill('SIGKILL')
    await asked.ended
  }
  const both = await Promise.all([
    rowsOf(cli('dlq', 'replay', '--code', 'schema')),
    rowsOf(cli('dlq', 'replay', '--code', 'schema')),
  ])
  for (const { code, err } of both) assert.equal(code, 0, err)
  ending.abort()
  await feeding
  await until('all is landed', async () => (await answer()).numbers.length >= number - 1)
  assert.deepEqual((await answer()).numbers, good(), 'each once')
  for (const { source_sequence, kafka_offset } of (await answer()).data)
    assert.equal(Number(kafka_offset), Number(source_sequence) - 1, 'at its own offset')
  assert.equal((await answer()).complete, false, 'one is damaged for good')

  const place = `${TOPIC}/${PARTITION}/1`
  const rest = await rowsOf(cli('dlq', 'replay'))
  assert.deepEqual([rest.code, rest.rows.length, rest.rows[0].first, rest.rows[0].code], [1, 1, place, 'avro'])
  const accepted = await rowsOf(cli('dlq', 'accept', place, '--who', 'ann', '--why', 'damaged', '--yes'))
  assert.equal(accepted.code, 0, accepted.err)
  await until('it is complete', async () => (await answer('hybrid')).complete)
  assert.deepEqual((await answer('hybrid')).numbers, good())
  assert.deepEqual((await rowsOf(cli('dlq', 'replay'))).rows, [])
})
