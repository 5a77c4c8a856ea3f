/** Controllers over an embedded log: one leads, another takes over, and what an older one says is not heard. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DEGRADATION_STATE, TOPICS } from '@k2/contracts/topics.ts'
import { openEmbeddedLog } from '@k2/log/embedded/embedded.ts'
import type { Log } from '@k2/log/log.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import { history, STATE_KEY, type State, toJson } from '@k2/shedding/state.ts'
import { levelView } from '@k2/shedding/view.ts'
import { DegradationController, type Settings } from './compose.ts'
import { DEFAULT_THRESHOLDS } from './core/level.ts'

const timeout = 30_000
const SETTINGS: Settings = {
  thresholds: { ...DEFAULT_THRESHOLDS, cooldownMs: 60 },
  ...{ tickMs: 5, heartbeatMs: 40, leaseMs: 300, silentMs: 5_000, forgetMs: 60_000, stuckMs: 60_000, isAlone: false },
}

async function opened(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'k2-degradation-'))
  const log = openEmbeddedLog(folder, { now: Date.now })
  await log.createTopics(TOPICS.filter(({ name }) => name === DEGRADATION_STATE))
  const running: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const stop of running) await stop()
    await log.close()
    await rm(folder, { recursive: true })
  })
  const started = async (replica: string, settings: Partial<Settings> = {}, own: Log = log) => {
    const ports = { log: own, clock: realClock, logger: silentLogger }
    const view = levelView(ports, 1_000)
    const telemetry = createTelemetry({ service: 'degradation-controller', environment: 'test' })
    const controller = new DegradationController({ ...ports, view, telemetry, replica }, { ...SETTINGS, ...settings })
    const stopping = new AbortController()
    await view.start?.(stopping.signal)
    const runs = [view.run!(stopping.signal), controller.run(stopping.signal)]
    const stop = async () => {
      stopping.abort()
      await Promise.all(runs)
    }
    running.push(stop)
    return { view, controller, stop }
  }
  return { log, started }
}

const report = (lagRecords: number, service = 'iceberg-sink', heapShare = 0.1) => ({
  ...{ service, instance: 'one', heapShare },
  lags: [{ group: `k2.${service}.trades_v2`, lagRecords, behindSeconds: 0 }],
  alerts: [],
})

async function until(holds: () => boolean): Promise<void> {
  const endMs = Date.now() + 15_000
  while (!holds()) {
    assert.ok(Date.now() < endMs, `it never came that ${holds}`)
    await realClock.sleep(2)
  }
}

test('lag raises the level at once and lets it fall step by step; all of it is history', { timeout }, async (t) => {
  const { started } = await opened(t)
  const { view, controller } = await started('a')
  await until(() => controller.leads())
  controller.report(report(1_500_000))
  await until(() => view.level() === 3)
  assert.match(controller.state()!.cause, /lag 1,500,000 records/)
  assert.equal(controller.state()!.lagOf, 'k2.iceberg-sink.trades_v2')
  controller.report(report(10))
  await until(() => view.level() === 0)
  const steps = history(view.heard()).map(({ from, to }) => `${from}${to}`)
  assert.deepEqual(steps, ['10', '21', '32', '03'])
})

test('one of two leads; when it dies the other goes on at the level that was', { timeout }, async (t) => {
  const { started } = await opened(t)
  const a = await started('a')
  await until(() => a.controller.leads())
  a.controller.report(report(600_000))
  const b = await started('b')
  await until(() => b.view.level() === 2)
  assert.equal(b.controller.leads(), false)
  await a.stop()
  await until(() => b.controller.leads())
  assert.equal(b.view.level(), 2)
  const { epoch } = b.view.heard().leader!
  await until(() => b.controller.state()!.epoch === epoch)
  // Nobody has told it anything, so that nothing is known to be calm.
  await realClock.sleep(200)
  assert.equal(b.view.level(), 2)
  b.controller.report(report(0))
  await until(() => b.view.level() === 0)
})

test('what an older leader says is not heard', { timeout }, async (t) => {
  const { log, started } = await opened(t)
  const { view, controller } = await started('a')
  await until(() => controller.state() !== undefined)
  const old: State = { ...controller.state()!, level: 4 }
  const later = await started('b', { isAlone: true, heartbeatMs: 60_000 })
  await until(() => later.controller.leads() && view.heard().leader?.replica === 'b')
  const [said] = await log.append(DEGRADATION_STATE, [{ key: STATE_KEY, value: toJson(old) }])
  await until(() => view.heard().next >= said!.to)
  assert.equal(view.level(), 0)
})

test('a level that is set holds until it expires, whatever the signals say', { timeout }, async (t) => {
  const { started } = await opened(t)
  const { view, controller } = await started('a')
  await until(() => controller.leads())
  controller.report(report(0))
  await controller.override({ level: 3, seconds: 60, reason: 'a drill', by: 'ops' })
  assert.equal(view.level(), 3)
  assert.deepEqual([controller.state()!.cause, controller.state()!.bySignals.level], ['set by ops: a drill', 0])
  await controller.override({ level: 0, seconds: 0, reason: 'it is over', by: 'ops' })
  assert.equal(view.level(), 0)
  await controller.override({ level: 2, seconds: 1, reason: 'a short one', by: 'ops' })
  assert.equal(view.level(), 2)
  await until(() => view.level() === 0)
  assert.match(history(view.heard())[0]!.cause, /^what ops had set is over/)
})

test('a restart of the controller finds level and override as they were', { timeout }, async (t) => {
  const { started } = await opened(t)
  const a = await started('a')
  await until(() => a.controller.leads())
  await a.controller.override({ level: 1, seconds: 60, reason: 'upkeep waits', by: 'ops' })
  await a.stop()
  const b = await started('b', { isAlone: true })
  assert.equal(b.view.level(), 1, 'heard before it runs')
  await until(() => b.controller.leads() && b.controller.state()!.epoch === b.view.heard().leader!.epoch)
  assert.equal(b.controller.state()!.override?.reason, 'upkeep waits')
})

test('lag that does not fall, and what services tell of, are alerts for as long as they hold', {
  timeout,
}, async (t) => {
  const { started } = await opened(t)
  const { view, controller } = await started('a', { stuckMs: 30 })
  await until(() => controller.leads())
  const alerts = () => view.heard().state?.alerts ?? []
  controller.report({ ...report(600_000), alerts: ['look at this'] })
  await until(() => alerts().length === 2)
  assert.match(alerts()[0]!, /^the lag of k2\.iceberg-sink\.trades_v2 has not fallen since/)
  assert.equal(alerts()[1], 'look at this')
  assert.ok(controller.stuckSeconds() > 0)
  controller.report(report(10))
  await until(() => alerts().length === 0)
  assert.equal(controller.stuckSeconds(), 0)
})

// biome-ignore format: a table reads by its columns
const wishes: [name: string, wish: Partial<Parameters<DegradationController['override']>[0]>, RegExp][] = [
  ['no such level',     { level: 5 },                             /level must be 0 to 4/],
  ['no level at all',   { level: 1.5 },                           /level must be/],
  ['without an end',    { seconds: 90_000 },                      /must end by itself/],
  ['without a reason',  { reason: ' ' },                          /say why/],
  ['by nobody',         { by: '' },                               /say who/],
  ['all at once',       { level: -1, seconds: -1, reason: '', by: '' }, /level.*seconds.*reason.*by/],
]
test('wishes that are refused', { timeout }, async (t) => {
  const { started } = await opened(t)
  const { controller } = await started('a')
  await until(() => controller.leads())
  for (const [name, wish, sentence] of wishes) {
    const whole = { level: 1, seconds: 1, reason: 'r', by: 'b', ...wish }
    await assert.rejects(controller.override(whole), { code: 'INVALID_ARGUMENT', message: sentence }, name)
  }
})

test('who does not lead sets no level, and says who does', { timeout }, async (t) => {
  const { started } = await opened(t)
  const a = await started('a')
  await until(() => a.controller.leads())
  const b = await started('b')
  await until(() => b.view.heard().leader !== undefined)
  const wish = { level: 1, seconds: 1, reason: 'r', by: 'b' }
  await assert.rejects(b.controller.override(wish), { code: 'NOT_READY', message: /a leads, not this replica/ })
})

test('a view whose controller is silent keeps the level and says so', { timeout }, async (t) => {
  const { started } = await opened(t)
  const a = await started('a')
  await until(() => a.controller.leads())
  assert.equal(a.view.trouble(), undefined)
  a.controller.report(report(600_000))
  const watcher = await started('b', { leaseMs: 60_000 })
  await until(() => watcher.view.level() === 2)
  await a.stop()
  await until(() => watcher.view.trouble() !== undefined)
  assert.match(watcher.view.trouble()!, /silent for \d+ s: the last level, GRACEFUL, is kept/)
  assert.equal(watcher.view.level(), 2)
})
