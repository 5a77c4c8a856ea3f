import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { lake } from '@k2/lake/maintenance/world.fixture.ts'
import type { Table } from '@k2/lake/table.ts'
import { manualClock } from '@k2/service/clock.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import { type UpkeepEvent, upkeep } from './upkeep.ts'
import { countUpkeep } from './upkeep-metrics.ts'

test('passes over each table every interval; what failed is told, counted and tried again', async (t) => {
  const world = await lake()
  t.after(() => world.close())
  for (let i = 0; i < 9; i++) await world.land(10)
  const before = await world.rows()
  let failures = 1
  const flaky: Table = {
    ...world.table,
    upkeep: {
      ...world.table.upkeep,
      files: async () => {
        if (failures-- > 0) throw new K2Error('LAKE_UNAVAILABLE', 'the store is away')
        return world.table.upkeep.files()
      },
    },
  }
  const clock = manualClock(world.now())
  const events: UpkeepEvent[] = []
  const telemetry = createTelemetry({ service: 'iceberg-sink', environment: 'test' })
  const counted = countUpkeep(telemetry)
  let isOurs = true
  let isPressed = false
  let isClosed = false
  const close = async () => {
    isClosed = true
  }
  const service = upkeep(
    {
      ...world,
      tables: [flaky, world.table],
      rewriter: { ...world.rewriter, close },
      clock,
      logger: silentLogger,
      uuid: randomUUID,
      isOurs: () => isOurs,
      isPressed: () => isPressed,
      told: (event) => {
        events.push(event)
        counted(event)
      },
    },
    {
      ...{ intervalMs: 1_000, graceMs: 60_000, orphanAgeMs: 86_400_000, pressedFilesMax: 1_000 },
      stagingFolder: world.stagingFolder,
    },
  )
  const stop = new AbortController()
  const running = service.run!(stop.signal)
  const passed = async (passes: number) => {
    const ends = () => events.filter(({ kind }) => kind === 'counted' || kind === 'failed').length
    await clock.advance(1_000)
    while (ends() < passes || clock.sleepers() === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await passed(2)
  assert.deepEqual(events[0], { kind: 'failed', table: 'trades_v2', code: 'LAKE_UNAVAILABLE' })
  const compacted = events.find((event) => event.kind === 'compacted')!
  assert.ok(compacted.kind === 'compacted' && compacted.filesBefore > compacted.filesAfter)
  await passed(4)
  assert.equal(events.filter(({ kind }) => kind === 'failed').length, 1)
  isPressed = true
  const unpressed = compactionsOf(events)
  await passed(6)
  assert.equal(compactionsOf(events), unpressed, 'derived work waits under pressure')
  isPressed = false
  isOurs = false
  const [compactions, counts] = ['compacted', 'counted'].map((kind) => events.filter((one) => one.kind === kind).length)
  await passed(8)
  assert.equal(events.filter(({ kind }) => kind === 'compacted').length, compactions, 'another sink keeps them up')
  assert.equal(events.filter(({ kind }) => kind === 'counted').length, counts! + 2)
  assert.deepEqual(await world.rows(), before)
  stop.abort()
  await running
  await service.stop!()
  assert.ok(isClosed)
  const text = await telemetry.text()
  assert.match(text, /k2_lake_upkeep_failures_total\{[^}]*code="LAKE_UNAVAILABLE"[^}]*\} 1/)
  assert.match(text, /k2_lake_compacted_files_total\{[^}]*\} 2\d|k2_lake_compacted_files_total\{[^}]*\} 3\d/)
})

const compactionsOf = (events: readonly UpkeepEvent[]) => events.filter(({ kind }) => kind === 'compacted').length
