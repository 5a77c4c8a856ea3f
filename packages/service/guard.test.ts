import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Code, K2Error } from '@k2/contracts/codes.ts'
import { circuits } from './circuits.ts'
import { manualClock } from './clock.ts'
import { CircuitOpen, guard } from './guard.ts'
import { createHealth } from './health.ts'
import { POLICIES } from './policies.ts'
import { retry, settled } from './retry.ts'
import { createTelemetry } from './telemetry.ts'

const POLICY = { failuresToOpen: 3, openMs: 1_000 }
const almostOne = () => 0.999_999

function world(more: Parameters<typeof guard>[1] = {}) {
  const clock = manualClock()
  const guarded = guard('catalog', { clock, random: almostOne, policy: POLICY, ...more })
  let sent = 0
  const failing = (error: unknown) => () => {
    sent++
    return Promise.reject(error)
  }
  const open = async () => {
    for (let i = 0; i < POLICY.failuresToOpen; i++)
      await guarded.once(failing(new K2Error('LAKE_UNAVAILABLE', 'away'))).catch(() => {})
    assert.equal(guarded.state(), 'OPEN')
  }
  return { clock, guarded, failing, open, sent: () => sent }
}

// biome-ignore format: a table reads by its columns
const counted: [name: string, error: unknown, isFailure: boolean][] = [
  ['an outage',                    new K2Error('LAKE_UNAVAILABLE', ''),          true],
  ['no answer in time',            new K2Error('DEADLINE_EXCEEDED', ''),         true],
  ['a commit without an answer',   new K2Error('COMMIT_UNKNOWN', ''),            true],
  ['another who came first',       new K2Error('LAKE_CONFLICT', ''),             false],
  ['a refusal of who asks',        settled(new K2Error('LAKE_UNAVAILABLE', '')), false],
  ['what is not there',            new K2Error('NOT_FOUND', ''),                 false],
  ['damage',                       new K2Error('LAKE_DAMAGED', ''),              false],
  ['a bug of ours',                new Error(''),                                false],
]

for (const [name, error, isFailure] of counted) {
  test(`${name} ${isFailure ? 'is' : 'is not'} a failure of what is asked, and comes through as it is`, async () => {
    const { guarded, failing } = world()
    for (let i = 0; i < POLICY.failuresToOpen; i++)
      assert.equal(await guarded.once(failing(error)).catch((thrown) => thrown), error)
    assert.equal(guarded.state(), isFailure ? 'OPEN' : 'CLOSED')
  })
}

test('while it is open nothing is sent, and it says so at once', async () => {
  const { guarded, failing, open, sent, clock } = world()
  await open()
  const before = sent()
  const refused = await guarded.again(failing(new Error('not asked'))).catch((thrown) => thrown)
  assert.ok(refused instanceof CircuitOpen)
  assert.equal(refused.code, 'LAKE_UNAVAILABLE')
  assert.match(guarded.trouble() ?? '', /catalog is OPEN after 3 failures in a row, .* for 1 s\. The last one: away$/)
  assert.match(refused.message, /^away \(The circuit of catalog is OPEN: nothing is asked of it for now\.\)$/)
  assert.equal(sent(), before)
  assert.equal(clock.sleepers(), 0, 'nobody waits')
  await assert.rejects(retry(failing(refused), { ...POLICIES.catalog.retries, clock }), refused)
  assert.equal(sent(), before + 1, 'nor does a retry around it try again')
})

test('the first who asks then is the trial, and the others hear how it ends', async () => {
  for (const [end, state] of [
    ['well', 'CLOSED'],
    ['away', 'OPEN'],
  ] as const) {
    const { guarded, open, clock } = world()
    await open()
    await clock.advance(POLICY.openMs)
    const trial = Promise.withResolvers<string>()
    const first = guarded.once(() => trial.promise).catch((error) => error.message)
    assert.equal(guarded.state(), 'HALF_OPEN')
    assert.match(guarded.trouble() ?? '', /HALF_OPEN/)
    let sent = 0
    const others = [1, 2, 3].map(() =>
      guarded.once(async () => `sent ${++sent}`).catch((error) => error.constructor.name),
    )
    await clock.advance(1)
    assert.equal(sent, 0)
    if (end === 'well') trial.resolve(end)
    else trial.reject(new K2Error('LAKE_UNAVAILABLE', end))
    assert.equal(await first, end)
    const heard = end === 'well' ? ['sent 1', 'sent 2', 'sent 3'] : Array(3).fill('CircuitOpen')
    assert.deepEqual((await Promise.all(others)).sort(), heard)
    assert.equal(guarded.state(), state)
  }
})

// biome-ignore format: a table reads by its columns
const tried: [code: Code, tries: number][] = [
  ['LAKE_UNAVAILABLE',  4],
  ['DEADLINE_EXCEEDED', 4],
  ['COMMIT_UNKNOWN',    1],
  ['NOT_FOUND',         1],
]

for (const [code, tries] of tried) {
  test(`${code} is tried ${tries} times, from 100 ms, and not by a retry around it`, async () => {
    const { guarded, failing, clock, sent } = world({ policy: { failuresToOpen: 99 } })
    const stacked = retry(() => guarded.again(failing(new K2Error(code, ''))), { ...POLICIES.catalog.retries, clock })
    const ended = assert.rejects(stacked, { code })
    for (const ms of [99, 199, 399]) await clock.advance(ms)
    await ended
    assert.equal(sent(), tries)
  })
}

test('who begins anew tries again what a retry has given up on', async () => {
  const { guarded, failing, clock, sent } = world({
    policy: { failuresToOpen: 99 },
    retries: { attemptsMax: 2, baseDelayMs: 0 },
  })
  const budget = { ...POLICIES.catalog.retries, attemptsMax: 3, baseDelayMs: 0, isAnew: true, clock }
  await assert.rejects(retry(() => guarded.again(failing(new K2Error('LAKE_UNAVAILABLE', ''))), budget))
  assert.equal(sent(), 6)
})

test('a circuit is told in metrics, in health, and to all who ask the same', async () => {
  const clock = manualClock()
  const telemetry = createTelemetry({ service: 's', environment: 'e' })
  const health = createHealth('s')
  const said: string[] = []
  const note = (_: object, sentence: string) => void said.push(sentence)
  const logger = { info: note, warn: note } as never
  const guardOf = circuits({ telemetry, health, logger, clock })
  const one = guardOf('catalog')
  assert.equal(guardOf('catalog'), one)
  const { failuresToOpen, openMs } = POLICIES.catalog
  const figure = async (name: string) =>
    Number(new RegExp(`^${name}\\{.*dependency="catalog".*\\} (\\d+)$`, 'm').exec(await telemetry.text())?.[1])
  const state = () => figure('k2_circuit_breaker_state')
  const told = () => health.ready().body.components['circuit of catalog'] ?? ''
  assert.deepEqual([await state(), told()], [0, 'ok'])
  const away = () => Promise.reject(new K2Error('LAKE_UNAVAILABLE', 'away'))
  for (let i = 0; i < failuresToOpen; i++) await one.once(away).catch(() => {})
  assert.equal(await state(), 2)
  assert.match(told(), /^ok, though the circuit of catalog is OPEN/)
  assert.ok(health.ready().ok)
  await clock.advance(openMs)
  const trial = Promise.withResolvers<void>()
  const ended = one.once(() => trial.promise)
  assert.equal(await state(), 1)
  trial.resolve()
  await ended
  assert.deepEqual([await state(), told()], [0, 'ok'])
  assert.deepEqual(
    [await figure('k2_circuit_breaker_opened_total'), await figure('k2_circuit_breaker_failures_total')],
    [1, failuresToOpen],
  )
  assert.equal(said.length, 3)
})
