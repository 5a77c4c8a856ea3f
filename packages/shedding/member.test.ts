import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import type { PressureReport } from '@k2/contracts/gen/k2/v1/PressureReport.ts'
import type { Log } from '@k2/log/log.ts'
import { realClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { runServices } from '@k2/service/run.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import { member } from './member.ts'

/** Nothing can be asked of it. */
const AWAY = new Proxy({} as Log, {
  get: () => () => {
    throw new K2Error('LOG_UNAVAILABLE', 'the log is away')
  },
})

function joined(report: (report: PressureReport) => Promise<unknown>) {
  const telemetry = createTelemetry({ service: 's', environment: 'test' })
  const ports = { log: AWAY, clock: realClock, logger: silentLogger, telemetry, service: 's', instance: 'a' }
  return member({ ...ports, controllers: [{ address: 'c', report }] })
}

test('a service tells who it is, its memory and its lag, without a log too', { timeout: 20_000 }, async () => {
  const told = Promise.withResolvers<PressureReport>()
  const { services, tells, view } = joined(async (report) => told.resolve(report))
  tells(async () => ({ lags: [{ group: 'g', lagRecords: '7' }], commitAgeSeconds: 3 }))
  const stop = new AbortController()
  const running = runServices(services, { logger: silentLogger, signal: stop.signal })
  const { service, instance, heapShare, lags, commitAgeSeconds } = await told.promise
  stop.abort()
  await running
  assert.deepEqual([service, instance, lags, commitAgeSeconds], ['s', 'a', [{ group: 'g', lagRecords: '7' }], 3])
  assert.ok(Number(heapShare) > 0 && Number(heapShare) < 10)
  assert.equal(view.level(), 0)
  assert.match(view.trouble()!, /no degradation-controller has said anything yet/)
})

test('a process whose work is done ends, though its controller is away', { timeout: 20_000 }, async () => {
  const { services } = joined(async () => {
    throw new K2Error('NOT_READY', 'away')
  })
  const work = { name: 'work', run: () => realClock.sleep(20) }
  await runServices([...services, work], { logger: silentLogger })
})
