import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHealth, type HealthCheck } from './health.ts'

const well: HealthCheck = () => undefined
const slow: HealthCheck = () => 'the log cannot be reached'
const bug: HealthCheck = () => {
  throw new Error('oops')
}

// biome-ignore format: a table reads by its columns
const rows: [name: string, checks: Record<string, HealthCheck>, ok: boolean, components: Record<string, string>][] = [
  ['nothing to check is well',         {},                        true,  {}],
  ['all well is well',                 { log: well, lake: well }, true,  { log: 'ok', lake: 'ok' }],
  ['one that is not well says why',    { log: slow, lake: well }, false, { log: 'the log cannot be reached', lake: 'ok' }],
  ['a check that throws is not well',  { log: bug },              false, { log: 'its check failed: oops' }],
]

for (const [name, checks, ok, components] of rows) {
  test(name, () => {
    const health = createHealth('sink')
    for (const [component, check] of Object.entries(checks)) health.watchReady(component, check)
    assert.deepEqual(health.ready(), { ok, body: { status: ok ? 'ready' : 'not ready', service: 'sink', components } })
    assert.ok(health.live().ok, 'readiness never fails liveness')
    for (const component of Object.keys(checks)) health.forget(component)
    assert.ok(health.ready().ok)
  })
}

test('a fault of ours fails liveness', () => {
  const health = createHealth('sink')
  health.watchLive('worker', () => 'the worker died')
  assert.deepEqual(health.live().body, {
    status: 'not live',
    service: 'sink',
    components: { worker: 'the worker died' },
  })
})

test('what a component does without is told, and it is well', () => {
  const health = createHealth('sink')
  let away: string | undefined = 'Redis is away'
  health.watchReady('store', well, () => away)
  assert.deepEqual([health.ready().ok, health.ready().body.components.store], [true, 'ok, though Redis is away'])
  away = undefined
  assert.equal(health.ready().body.components.store, 'ok')
})
