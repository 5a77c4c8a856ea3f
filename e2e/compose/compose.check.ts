/**
 * docker-compose.yml: a file in, an answer out; a sink killed in the middle; an end that is asked for. Needs docker, or
 * root and Debian (e2e/worlds/compose).
 */
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DegradationServiceDefinition } from '@k2/contracts/gen/k2/v1/DegradationService.ts'
import { sample } from '@k2/embedded/sample.ts'
import { createRpcClient, serviceIn } from '@k2/service/rpc.ts'
import { DEGRADATION_SERVICE, degradationProtos } from '@k2/shedding/controllers.ts'
import { type Engine, openEngine } from '../worlds/compose/engine.ts'
import { openStack, type Stack } from '../worlds/compose/stack.ts'
import { k2 } from '../worlds/k2.ts'

const OURS = ['csv-loader', 'degradation-controller', 'iceberg-sink', 'query-service', 'sequence-tracker'] as const
/** Where each serves its metrics. */
const METRICS = { 'csv-loader': 9102, 'iceberg-sink': 9103, 'query-service': 8080, 'sequence-tracker': 9104 } as const
const OTHERS = ['kafka', 'registry', 'catalog', 'postgres', 's3'] as const
const GRACE_MS = 65_000
const KILLS = 2

let engine: Engine
let stack: Stack
let incoming: string

before(async () => {
  engine = await openEngine()
  incoming = await mkdtemp(join(tmpdir(), 'k2-incoming-'))
  await chmod(incoming, 0o755) // containers run as another user
  stack = await openStack(engine, incoming, { K2_SINK_COMMIT_AGE: '1000', K2_DEGRADATION_COOLDOWN: '2000' })
})
after(async () => {
  try {
    await stack?.compose('down', '--volumes', '--remove-orphans', '--timeout', '5')
    if (incoming !== undefined) await rm(incoming, { recursive: true, force: true })
  } finally {
    await engine?.close()
  }
})

/** What a file, or an answer, comes to: how many rows, how many of them different, and of how many shares. */
interface Tally {
  readonly rows: number
  readonly ids: number
  readonly quantity: number
}

const lines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== '')

function tallyOf(trades: string): Tally {
  const rows = lines(trades)
  return {
    rows: rows.length,
    ids: rows.length,
    quantity: rows.reduce((sum, row) => sum + Number(row.split(',')[3]), 0),
  }
}

/** Of the sample's first company, whoever the file then says it is. */
const tradesOf = (seed: number, rows: number): string =>
  sample(seed, rows).find(({ name }) => name === 'trades/9001.csv')!.text

let sent = 0

/** A file of trades, or any other: whole at once, as a copy that is renamed. */
async function put(name: string, text: string): Promise<void> {
  const path = join(incoming, name)
  await mkdir(dirname(path), { recursive: true })
  const part = join(incoming, `.${basename(path)}`)
  await writeFile(part, text)
  await rename(part, path)
  if (name.startsWith('trades/')) sent += tallyOf(text).rows
}

interface Page {
  readonly data: readonly { readonly message_id: string; readonly quantity: string }[]
  readonly meta: { readonly reasons: readonly string[]; readonly has_more: boolean; readonly next_cursor: string }
}

async function answered(symbol: string, source: 'hybrid' | 'lake'): Promise<Tally> {
  const ids = new Set<string>()
  let [rows, quantity] = [0, 0]
  for (let cursor = ''; ; ) {
    const question = `symbol=${symbol}&source=${source}&fields=message_id,quantity&limit=10000${cursor}`
    const answer = await fetch(`${stack.url}/v1/trades?${question}`)
    assert.equal(answer.status, 200)
    const { data, meta } = (await answer.json()) as Page
    // The ledger of gaps comes a moment later.
    assert.deepEqual(
      meta.reasons.filter((reason) => reason !== 'LEDGER_BEHIND'),
      [],
    )
    rows += data.length
    for (const trade of data) {
      ids.add(trade.message_id)
      quantity += Number(trade.quantity)
    }
    if (!meta.has_more) return { rows, ids: ids.size, quantity }
    cursor = `&cursor=${encodeURIComponent(meta.next_cursor)}`
  }
}

/** Of all trades, by the offsets of the lake's snapshot. */
async function landed(): Promise<number> {
  const answer = await fetch(`${stack.url}/v1/trades?symbol=KTA&limit=1&source=lake`)
  const { meta } = (await answer.json()) as { meta: { offsets: Record<string, string> } }
  return Object.values(meta.offsets).reduce((sum, offset) => sum + Number(offset), 0)
}

async function until<T>(what: string, look: () => Promise<T | false>, seconds = 300): Promise<T> {
  const end = Date.now() + seconds * 1000
  let last: unknown
  while (Date.now() < end) {
    const found = await look().catch((error) => {
      last = error
      return false as const
    })
    if (found !== false) return found
    await sleep(200)
  }
  const logs = await stack.compose('logs', '--tail', '20', ...OURS)
  throw new Error(`not in ${seconds} s: ${what}\n${last ?? ''}\n${logs}`)
}

/** Until there are as many as were put. */
const allLanded = () => until('all of it in the lake', async () => (await landed()) >= sent)

test('it comes up in any order', async (t) => {
  const began = Date.now()
  await stack.compose('build')
  t.diagnostic(`built in ${seconds(began)} s`)
  await stack.compose('up', '--detach', '--no-deps', ...OURS)
  await sleep(3_000)
  for (const service of OURS) {
    const { State, RestartCount } = await stack.inspect(service)
    assert.deepEqual([State.Running, RestartCount], [true, 0], `${service} waits for the others`)
  }
  const rest = Date.now()
  await stack.compose('up', '--detach', '--wait')
  t.diagnostic(`all of it ready ${seconds(rest)} s after its first three services`)
})

test('a container can do no more than its work', async () => {
  for (const service of [...OURS, ...OTHERS]) {
    const { HostConfig } = await stack.inspect(service)
    assert.deepEqual(HostConfig.CapDrop, ['ALL'], service)
    assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'], service)
    assert.ok(HostConfig.Memory > 0 && (HostConfig.PidsLimit ?? 0) > 0, `${service} is limited`)
    for (const { HostIp } of Object.values(HostConfig.PortBindings).flat()) assert.equal(HostIp, '127.0.0.1', service)
  }
  for (const service of OURS) {
    const { Config, HostConfig } = await stack.inspect(service)
    assert.equal(Config.User, 'node', service)
    assert.equal(HostConfig.ReadonlyRootfs, true, service)
    assert.equal(await stack.compose('exec', '-T', service, 'id', '-u'), '1000')
    await assert.rejects(stack.compose('exec', '-T', '-u', '0', service, 'touch', 'main.ts'), /Read-only file system/)
    const image = JSON.parse(await stack.docker('image', 'inspect', await stack.compose('images', '-q', service)))[0]
    assert.doesNotMatch(JSON.stringify(image.Config), /secret|password|token/i, `${service}: no secret in its image`)
    const installed = await stack.compose('exec', '-T', service, 'ls', '/k2/node_modules', '/k2/services')
    assert.doesNotMatch(installed, /typescript|biome/, `${service}: only what it runs on`)
    assert.equal(OURS.filter((name) => lines(installed).includes(name)).join(), service)
  }
})

test('a file in, an answer out, over REST and gRPC', async (t) => {
  const files = sample(1)
  const trades = tradesOf(1, 13_275)
  for (const { name, text } of files) if (name.startsWith('reference-data/')) await put(name, text)
  const began = Date.now()
  await put('trades/9001.csv', trades)
  const expected = tallyOf(trades)
  await until('the first answer', async () => (await answered('KTA', 'hybrid')).rows >= expected.rows)
  t.diagnostic(`${expected.rows} trades answered ${seconds(began)} s after the file came`)
  assert.deepEqual(await answered('KTA', 'hybrid'), expected)
  await allLanded()
  assert.deepEqual(await answered('KTA', 'lake'), expected)
  const { code, out, err } = await k2(['trades', 'KTA', '--all', '--format', 'csv'], stack.grpcAddress).ended
  assert.equal(code, 0, err)
  assert.equal(lines(out).length - 1, expected.rows)
})

test('a file by hand, by a container that ends', async () => {
  const trades = tradesOf(4, 1_000)
  await put('by-hand.csv', trades)
  const load = ['load', '--type', 'trades', '--symbol', 'KTD', '/data/in/by-hand.csv']
  const report = JSON.parse(await stack.compose('run', '--rm', '-T', 'csv-loader', ...load))
  assert.equal(report.sent, tallyOf(trades).rows)
  sent += report.sent
  await allLanded()
  assert.deepEqual(await answered('KTD', 'lake'), tallyOf(trades))
})

test('a level that is set by hand is heard by every service, and what they tell by the controller', async () => {
  const service = serviceIn(degradationProtos(), DEGRADATION_SERVICE)
  const client = createRpcClient<DegradationServiceDefinition>(service, { address: stack.controllerAddress })
  const said = async () => {
    const answer = await fetch(`${stack.url}/v1/degradation`)
    return ((await answer.json()) as { data: { trouble?: string | null } }).data
  }
  try {
    assert.equal((await said()).trouble ?? null, null)
    const { heapOf, heapShare } = await client.call('Get', {})
    assert.ok(heapOf !== '' && heapShare > 0, 'somebody has told of his memory')
    const wish = { level: 'LEVEL_GRACEFUL', seconds: 120, reason: 'a check', by: 'compose' } as const
    await client.call('Override', wish)
    for (const [name, port] of Object.entries(METRICS))
      await until(`${name} hears of it`, async () => (await levelOf(name, port)) === '2', 30)
    await client.call('Override', { ...wish, seconds: 0 })
    for (const [name, port] of Object.entries(METRICS))
      await until(`${name} hears of its end`, async () => (await levelOf(name, port)) === '0', 120)
  } finally {
    client.close()
  }
})

/** By its metrics, asked from inside its container. */
async function levelOf(service: string, port: number): Promise<string | undefined> {
  const look = `fetch('http://127.0.0.1:${port}/metrics').then((r) => r.text()).then((t) => process.stdout.write(t))`
  const text = await stack.compose('exec', '-T', service, 'node', '-e', look)
  return /^k2_degradation_level\{.*\} (\d)$/m.exec(text)?.[1]
}

test('circuits are told of: what all of them ask is closed', async () => {
  const { components } = (await (await fetch(`${stack.url}/health/ready`)).json()) as {
    components: Record<string, string>
  }
  for (const name of ['kafka', 'catalog', 'store']) assert.equal(components[`circuit of ${name}`], 'ok', name)
})

test('a sink that is killed comes back to each row once', async (t) => {
  const trades = tradesOf(2, 300_000)
  const expected = tallyOf(trades)
  const before = await landed()
  await put('trades/9002.csv', trades)
  let last = before
  for (let kill = 1; kill <= KILLS; kill++) {
    last = await until('a commit', async () => {
      const now = await landed()
      return now > last && now
    })
    await stack.compose('kill', '--signal', 'SIGKILL', 'iceberg-sink')
    assert.equal((await stack.inspect('iceberg-sink')).State.ExitCode, 137)
    t.diagnostic(`killed with ${last - before} of ${expected.rows} rows in the lake`)
    assert.ok(last - before < expected.rows, 'it was killed on its way')
    await stack.compose('up', '--detach', '--wait', '--no-recreate', 'iceberg-sink')
  }
  await allLanded()
  assert.deepEqual(await answered('KTB', 'lake'), expected)
})

test('asked to end it drains, and goes on where it was', async (t) => {
  const trades = tradesOf(3, 100_000)
  const expected = tallyOf(trades)
  await put('trades/9003.csv', trades)
  await until('its first rows', async () => (await answered('KTC', 'hybrid')).rows > 0)
  const began = Date.now()
  await stack.compose('stop', ...OURS)
  const tookMs = Date.now() - began
  t.diagnostic(`ended in ${tookMs / 1000} s`)
  assert.ok(tookMs < GRACE_MS)
  for (const service of OURS) {
    const { State } = await stack.inspect(service)
    assert.deepEqual([State.ExitCode, State.OOMKilled], [0, false], service)
  }
  await stack.compose('up', '--detach', '--wait', '--no-recreate')
  await allLanded()
  assert.deepEqual(await answered('KTC', 'lake'), expected)
  assert.deepEqual(await answered('KTA', 'lake'), tallyOf(tradesOf(1, 13_275)), 'and the first file is as it was')
})

test('down --volumes leaves nothing', async () => {
  await stack.compose('down', '--volumes')
  const ours = ['--quiet', '--filter', `label=com.docker.compose.project=${stack.project}`]
  for (const kind of [
    ['ps', '-a'],
    ['volume', 'ls'],
    ['network', 'ls'],
  ])
    assert.equal(await stack.docker(...kind, ...ours), '', kind[0])
})

const seconds = (sinceMs: number): number => Math.round((Date.now() - sinceMs) / 100) / 10
