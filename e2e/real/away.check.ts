/**
 * Whatever a service needs may be away, at its start and in the middle: it lives, says what it waits for, and goes on by
 * itself. Loader, sink, query-service, sequence-tracker and `npm start` over a real Kafka, registry, catalog and S3.
 */
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { incompatibility, SCHEMAS } from '@k2/contracts/records/avro.ts'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import type { SchemaRegistry } from '@k2/log/log.ts'
import { openRegistry } from '@k2/log/registry/registry.ts'
import { killAll, live } from '../worlds/embedded.ts'
import { kafkaOptions } from '../worlds/real/kafka.ts'
import { startPlatform } from '../worlds/real/platform.ts'
import { proxyTo } from '../worlds/real/proxy.ts'
import { killServices, type RunningService, type ServiceName, startService, until } from '../worlds/service.ts'
import { appendTrades, tradeMaker } from '../worlds/trades.ts'

const folder = await mkdtemp(join(tmpdir(), 'k2-away-'))
const platform = await startPlatform('away', folder)
let isRegistryAway = false
const proxy = await proxyTo(platform.registry.url, () => (isRegistryAway ? 'lose-request' : undefined))
after(async () => {
  killServices()
  killAll()
  proxy.close()
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
})

const incoming = join(folder, 'incoming')
await mkdir(join(incoming, 'trades'), { recursive: true })
const settings = (name: string) => ({
  ...platform.settings(name),
  SCHEMA_REGISTRY_URL: `${proxy.url}${new URL(platform.registry.url).pathname}`,
  K2_SINK_COMMIT_AGE: '500ms',
  K2_KAFKA_DEADLINE: '2s',
  K2_QUERY_LOOK: '500ms',
})
type Away = Exclude<ServiceName, 'degradation-controller'>
const ARGS: Readonly<Record<Away, readonly string[]>> = {
  'csv-loader': ['load', '--watch', '--exchange', 'ASX', '--symbol', 'XYZ', incoming],
  'iceberg-sink': [],
  'query-service': [],
  'sequence-tracker': [],
}
const NAMES = Object.keys(ARGS) as Away[]
const start = (name: Away) => startService(name, ARGS[name], settings(name))
const services = () => new Map(NAMES.map((name) => [name, start(name)] as const))

let files = 0
let rows = 0
/** One more file of trades; whole at once. */
async function drop(count = 50): Promise<void> {
  const lines = Array.from({ length: count }, (_, i) => {
    const second = String(Math.floor(i / 10)).padStart(2, '0')
    return `03/${String(10 + files).padStart(2, '0')}/2014,10:00:${second}.${String(i % 10)}00,36.65,${1 + i},0,,`
  })
  const path = join(incoming, `${++files}.part`)
  await writeFile(path, `${lines.join('\r\n')}\r\n`)
  await rename(path, join(incoming, 'trades', `${files}.csv`))
  rows += count
}

/** Rows of XYZ that an answer has; undefined where it cannot be given, or is not complete. */
async function answered(query: RunningService, source: 'hybrid' | 'lake', symbol = 'XYZ'): Promise<number | undefined> {
  const answer = await fetch(`${await query.url('rest')}/v1/trades?symbol=${symbol}&source=${source}&limit=10000`)
  if (!answer.ok) return undefined
  const { data, meta } = (await answer.json()) as { data: object[]; meta: { complete: boolean } }
  return meta.complete ? data.length : undefined
}

const known = openRegistry({ url: platform.registry.url, deadlineMs: 5_000, incompatibility })

/** Three trades by another producer. */
async function appended(symbol: string, registry: SchemaRegistry): Promise<void> {
  const log = openKafkaLog(kafkaOptions(platform.kafka.url))
  await appendTrades(log, await tradeMaker(registry), [symbol], 1, 4)
  await log.close()
}

async function saysNotReady(name: string, service: RunningService, sentence: RegExp): Promise<void> {
  let seen = ''
  const says = async () => {
    const { status, said } = await service.health('ready')
    seen = said
    return status === 503 && sentence.test(said)
  }
  await until(`${name} says ${sentence}`, says, () => `${service.log()}\n${seen}`)
  assert.equal((await service.health('live')).status, 200, `${name} lives`)
}

async function areReady(running: ReadonlyMap<ServiceName, RunningService>): Promise<void> {
  for (const [name, service] of running)
    await until(`${name} is ready`, async () => (await service.health('ready')).status === 200, service.log)
}

async function end(running: Iterable<RunningService>): Promise<void> {
  for (const service of running) {
    service.kill('SIGTERM')
    const { code, err } = await service.ended
    assert.equal(code, 0, err.slice(-4_000))
  }
}

const linesWith = (text: string, part: string): number => text.split('\n').filter((line) => line.includes(part)).length

test('they start before what they need, and wait', { timeout: 300_000 }, async () => {
  const { kafka, catalog, s3 } = platform
  isRegistryAway = true
  for (const server of [kafka, catalog, s3]) await server.down()
  await drop()
  const running = services()
  for (const [name, service] of running) await saysNotReady(name, service, /Kafka at .* cannot .*Check that it runs/)
  const once = ['load', '--symbol', 'XYZ', join(incoming, 'trades', '1.csv')]
  const late = await startService('csv-loader', once, { ...settings('once'), K2_LOADER_WAIT: '4s' }).ended
  assert.equal(late.code, 1)
  assert.match(late.err, /Kafka at .* cannot .*It was waited for \d+ s\. \(LOG_UNAVAILABLE\)/)
  await kafka.restart()
  const ofLake = [...running].filter(([name]) => name !== 'sequence-tracker')
  for (const [name, service] of ofLake) await saysNotReady(name, service, /The catalog http/)
  await catalog.restart()
  const refused = new RegExp(`the catalog answered 500.*${new URL(s3.url).host}.*refused`)
  for (const [name, service] of ofLake) await saysNotReady(name, service, refused)
  await s3.restart()
  await saysNotReady('csv-loader', running.get('csv-loader')!, /schema registry at .* cannot be used/)
  isRegistryAway = false
  await areReady(running)
  const query = running.get('query-service')!
  await until('all is answered', async () => (await answered(query, 'hybrid')) === rows)
  await until('all is in the lake', async () => (await answered(query, 'lake')) === rows)
  for (const [name, service] of running) {
    const said = linesWith(service.log(), '"waiting: ')
    assert.ok(said >= 1 && said <= 20, `${name} says what it waits for now and then: ${said}`)
  }
  await end(running.values())
})

for (const away of ['kafka', 'catalog', 's3'] as const) {
  test(`${away} is away in the middle`, { timeout: 300_000 }, async () => {
    const running = services()
    await areReady(running)
    const query = running.get('query-service')!
    await until('what was there is answered', async () => (await answered(query, 'hybrid')) === rows)
    await platform[away].down()
    await drop()
    const [loader, sink] = [running.get('csv-loader')!, running.get('iceberg-sink')!]
    if (away === 'kafka') for (const [name, service] of running) await saysNotReady(name, service, /Kafka at .* cannot/)
    if (away === 'catalog') await saysNotReady('csv-loader', loader, /The catalog http/)
    if (away === 's3') {
      // The catalog itself waits for S3, so it cannot ask what the lake holds; and what comes past it cannot be landed.
      await saysNotReady('csv-loader', loader, /S3|a look at log and lake did not end/)
      await appended('AWAY', known)
      await saysNotReady('iceberg-sink', sink, /S3/)
    }
    for (const [name, service] of running) assert.equal((await service.health('live')).status, 200, name)
    await platform[away].restart()
    await until('what came meanwhile is answered', async () => (await answered(query, 'hybrid')) === rows)
    await until('and in the lake', async () => (await answered(query, 'lake')) === rows)
    if (away === 's3') await until('what came past it too', async () => (await answered(query, 'lake', 'AWAY')) === 3)
    await areReady(running)
    await end(running.values())
  })
}

test('without the registry, schemas that are known go on, and one that is not waits', {
  timeout: 200_000,
}, async () => {
  const running = services()
  await areReady(running)
  const query = running.get('query-service')!
  await drop()
  await until('the first is in the lake', async () => (await answered(query, 'lake')) === rows)
  isRegistryAway = true
  await drop()
  await until('what came without it is in the lake', async () => (await answered(query, 'lake')) === rows)
  for (const [name, service] of running) assert.equal((await service.health('ready')).status, 200, name)

  const other = JSON.stringify({ ...JSON.parse(SCHEMAS.trades), doc: 'Written by another program.' })
  await appended('NEW', { ...known, register: (subject) => known.register(subject, other) })
  for (const name of ['iceberg-sink', 'query-service'] as const)
    await saysNotReady(name, running.get(name)!, /schema registry at .* cannot be used/)
  assert.equal(await answered(query, 'hybrid', 'NEW'), undefined, 'what it cannot read is not complete')
  assert.equal(await answered(query, 'lake'), rows, 'what it has is answered')
  isRegistryAway = false
  await until('they are in the lake', async () => (await answered(query, 'lake', 'NEW')) === 3)
  await areReady(running)
  await end(running.values())
})

test('npm start answers probes while it waits, and serves then', { timeout: 200_000 }, async () => {
  await platform.kafka.down()
  await drop()
  const own = { ...settings('start'), K2_LOADER_WAIT: '4s' }
  const csv = [join(incoming, 'trades', `${files}.csv`)]
  const begin = (once: boolean) => {
    const options = ['--symbol', 'START']
    return live({ data: join(folder, 'start'), csv, options, once, settings: own, deadlineMs: 180_000 })
  }
  const late = await begin(true).ended
  assert.equal(late.code, 1)
  assert.match(late.err, /Kafka at .*It was waited for \d+ s\. \(LOG_UNAVAILABLE\)/)
  const life = begin(false)
  let door: string | undefined
  await until('it is at its door', () => {
    door = /"door":"waiting","url":"([^"]+)"/.exec(life.log())?.[1]
    return door !== undefined
  })
  const get = async (path: string) => {
    const answer = await fetch(`${door}${path}`)
    return [answer.status, await answer.text()] as const
  }
  await until('it says what it waits for', async () => /Kafka at/.test((await get('/health/ready'))[1]), life.log)
  assert.equal((await get('/health/ready'))[0], 503)
  assert.equal((await get('/health/live'))[0], 200)
  const [status, problem] = await get('/v1/trades?symbol=START')
  assert.deepEqual([status, JSON.parse(problem).code], [503, 'NOT_READY'])
  await platform.kafka.restart()
  const url = await life.url
  const rowsOf = async () => {
    const answer = await fetch(`${url}/v1/trades?symbol=START&limit=1000`)
    return ((await answer.json()) as { data: object[] }).data.length
  }
  await until('it answers', async () => (await rowsOf()) === 50, life.log)
  life.kill('SIGTERM')
  assert.equal((await life.ended).code, 0)
})
