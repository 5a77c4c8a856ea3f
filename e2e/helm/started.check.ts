/** Each service starts with exactly what the chart says to it, and its probes answer the kubelet, who has no key. No log is there. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { CHART, type Rendered, rendered } from '../worlds/helm.ts'
import { k2 } from '../worlds/k2.ts'
import { killServices, type RunningService, startService } from '../worlds/service.ts'

const folder = await mkdtemp(join(tmpdir(), 'k2-chart-'))
after(async () => {
  killServices()
  await rm(folder, { recursive: true, force: true })
})

const LEAST = ['-f', join(CHART, 'ci/least.yaml'), '--set', 'settings.KAFKA_BROKERS=127.0.0.1:1']
const SERVICES = [
  ...(['binance-gateway', 'csv-loader', 'degradation-controller'] as const),
  ...(['iceberg-sink', 'query-service', 'sequence-tracker'] as const),
]
const KEYS = '--set=access.insecure=false,access.keys.secret=k2-access,access.fleet.secret=k2-access'

/** What its container is told; ports are any, since a test has not the network to itself. */
function start(
  objects: readonly Rendered[],
  name: (typeof SERVICES)[number],
  more: Readonly<Record<string, string>>,
): RunningService {
  const ofPod = ({ kind, metadata }: Rendered) =>
    /^(Deployment|StatefulSet)$/.test(kind) && metadata.name === `k2-${name}`
  const [{ args = [], env, envFrom }] = objects.find(ofPod).spec.template.spec.containers
  const shared = envFrom.map(({ configMapRef }: Rendered) => {
    const map = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name)
    return map.data
  })
  const own = env.flatMap(({ name, value }: Rendered) => (value === undefined ? [] : [[name, value]]))
  const here = {
    K2_DATA: join(folder, name),
    K2_HTTP_PORT: 0,
    K2_GRPC_PORT: 0,
    K2_PROBE_PORT: 0,
    K2_KAFKA_DEADLINE: '1s',
  }
  const words = args.map((word: string) => (word === '/data/in' ? folder : word))
  return startService(name, words, { ...Object.assign({}, ...shared), ...Object.fromEntries(own), ...here, ...more })
}

async function end(service: RunningService): Promise<void> {
  service.kill('SIGTERM')
  const { code, err } = await service.ended
  assert.equal(code, 0, err)
}

const open = rendered(...LEAST, '--set', 'services.binance-gateway.enabled=true')

for (const name of SERVICES)
  test(`${name} takes what the chart tells it, and says that it waits`, async () => {
    const service = start(open, name, {})
    assert.equal((await service.health('live')).status, 200)
    const { status, said } = await service.health('ready')
    assert.equal(status, 503)
    assert.match(said, /waits for the log/)
    await end(service)
  })

test('what helm test runs asks, and says who answers', async () => {
  const service = start(open, 'query-service', {})
  const pod = open.find(({ kind, metadata }) => kind === 'Pod' && metadata.annotations['helm.sh/hook'] === 'test')
  const [node, ...words]: string[] = pod.spec.containers[0].command
  assert.equal(node, 'node')
  const [asked, script] = [words.filter((word) => word.startsWith('http')), words.filter((word) => !/^http/.test(word))]
  assert.equal(asked.length, SERVICES.length + 1, 'each service, and REST')
  const url = `${await service.url()}/health/live`
  const { status, stdout, stderr } = spawnSync(process.execPath, [...script, url], {
    encoding: 'utf8',
    timeout: 30_000,
  })
  assert.equal(status, 0, stderr)
  assert.equal(stdout, `${url} answers\n`)
  await end(service)
})

test('with keys the kubelet still has its probes, and Prometheus its metrics by the key of the fleet', async () => {
  const file = join(folder, 'keys.jsonl')
  const made = await k2(['keys', 'create', 'fleet', '--role', 'admin', '--file', file, '--format', 'json'], '').ended
  assert.equal(made.code, 0, made.err)
  const { key } = JSON.parse(made.out)
  const service = start(rendered(...LEAST, KEYS), 'query-service', { K2_API_KEYS: file, K2_API_KEY: key })
  assert.equal((await service.health('live')).status, 200)
  const metrics = `${await service.url()}/metrics`
  assert.equal((await fetch(metrics)).status, 401)
  assert.equal((await fetch(metrics, { headers: { authorization: `Bearer ${key}` } })).status, 200)
  await end(service)
})
