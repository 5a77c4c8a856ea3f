/** A real Prometheus looks at a K2 that does a little of everything: each metric is there, and no panel is empty. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { METRICS, type Metric } from '@k2/contracts/metrics.ts'
import { type Busy, busy } from '../worlds/busy.ts'
import { inFolder } from '../worlds/folder.ts'
import { type Prometheus, startPrometheus } from '../worlds/real/prometheus.ts'
import { type Running, startServer } from '../worlds/real/servers.ts'
import { type PanelQuery, panelQueries } from '../worlds/watched.ts'

const TURNS_MAX = 60
const WINDOW = '30s'

const { promise: isOver, resolve: end } = Promise.withResolvers<void>()
let redis: Running
let k2: Busy
let prometheus: Prometheus
let world: Promise<void>

before(async () => {
  const up = Promise.withResolvers<void>()
  world = inFolder(async (folder) => {
    redis = await startServer('redis', 'watch')
    k2 = await busy(folder, redis.url)
    prometheus = await startPrometheus(folder, k2.url)
    up.resolve()
    await isOver
  })
  await Promise.race([up.promise, world])
})

after(async () => {
  end()
  await world
  await prometheus?.stop()
  await k2?.stop()
  await redis?.stop()
})

/** Names of series of a metric: a histogram has three. */
const seriesOf = (name: string, { type }: Metric): string => (type === 'histogram' ? `${name}_count` : name)

const missingMetrics = async (): Promise<string[]> => {
  const names = new Set(await prometheus.names())
  return Object.entries<Metric>(METRICS).flatMap(([name, metric]) => (names.has(seriesOf(name, metric)) ? [] : [name]))
}

const hasData = async ({ promql }: PanelQuery): Promise<boolean> =>
  (await prometheus.query(promql)).some((value) => Number.isFinite(value))

test('each metric is produced, and each line of each panel has data', { timeout: 540_000 }, async () => {
  let empty = panelQueries(WINDOW)
  let missing = await missingMetrics()
  for (let turn = 0; turn < TURNS_MAX && (empty.length > 0 || missing.length > 0); turn++) {
    await k2.turn()
    const found = await Promise.all(empty.map(hasData))
    empty = empty.filter((_, i) => !found[i])
    missing = await missingMetrics()
  }
  const lines = empty.map(({ where, promql }) => `${where}: ${promql}`)
  assert.deepEqual([missing, lines], [[], []], 'metrics without a series, and panels without data')
})

test('each rule is evaluated, and what is recorded is there', async () => {
  for (let tries = 0; (await prometheus.failedRules()).length > 0 && tries < 20; tries++)
    await new Promise((resolve) => setTimeout(resolve, 500))
  assert.deepEqual(await prometheus.failedRules(), [])
  for (const name of ['k2:freshness_seconds:max', 'k2:availability_errors:ratio_5m', 'k2:latency_slow:ratio_3d'])
    assert.equal((await prometheus.query(name)).length, 1, name)
})

test('a process that has ended is noticed', { timeout: 60_000 }, async () => {
  const alert = 'ALERTS{alertname="K2ServiceDown"}'
  assert.deepEqual(await prometheus.query(alert), [])
  await k2.stop()
  // It is pending for a minute before it fires; promtool has the rest.
  while ((await prometheus.query(alert)).length === 0) await new Promise((resolve) => setTimeout(resolve, 500))
})

test('a panel without data is told', async () => {
  assert.equal(await hasData({ where: 'none', promql: 'sum by (table) (k2_sink_of_nothing_total)' }), false)
})
