/** Every gRPC service there is, over one log that holds a small market: each answers what it is asked, as its process does. */
import { join } from 'node:path'
import { FEED_PROTO, feedRpc } from '@k2/binance-gateway/rpc.ts'
import { K2Error } from '@k2/contracts/codes.ts'
import { DegradationController } from '@k2/degradation-controller/compose.ts'
import { DEFAULT_THRESHOLDS } from '@k2/degradation-controller/core/level.ts'
import { degradationRpc } from '@k2/degradation-controller/rpc.ts'
import { seeded } from '@k2/embedded/sample.ts'
import type { Log } from '@k2/log/log.ts'
import type { Tracker } from '@k2/query-service/ledger.ts'
import { SEQUENCE_PROTO } from '@k2/sequence-tracker/compose.ts'
import { realClock } from '@k2/service/clock.ts'
import { createHealth } from '@k2/service/health.ts'
import { silentLogger } from '@k2/service/logger.ts'
import { createRpcServer, loadProtos, type PackageDefinition } from '@k2/service/rpc.ts'
import { runServices } from '@k2/service/run.ts'
import { createTelemetry } from '@k2/service/telemetry.ts'
import { levelView } from '@k2/shedding/view.ts'
import { type Asking, asking } from './asking.ts'
import { inFolder } from './folder.ts'
import { judged, type Life, serving } from './tracking.ts'
import { put } from './venues.ts'

export interface AllDoors extends Asking {
  readonly protos: PackageDefinition
  /** host:port by the full name of the service. */
  readonly addresses: Readonly<Record<string, string>>
}

const PROTOS = join(import.meta.dirname, '../../proto')
const DEGRADATION_PROTO = 'k2/v1/degradation.proto'
const EACH = 120

export async function allDoors(seed: number, work: (doors: AllDoors) => Promise<void>): Promise<void> {
  const protos = loadProtos(['k2/v1/query.proto', SEQUENCE_PROTO, DEGRADATION_PROTO, FEED_PROTO], [PROTOS])
  await inFolder(async (folder) => {
    const own: { tracker?: Life } = {}
    const asked = (): Life['rpc'] => {
      if (own.tracker) return own.tracker.rpc
      throw new K2Error('NOT_READY', 'the tracker is not there yet')
    }
    const told: Tracker = {
      address: 'the tracker',
      gaps: (request, signal) => asked().call('ListSequenceGaps', request, { signal }),
      coverage: (request, signal) => asked().call('GetCoverage', request, { signal }),
      close() {},
    }
    await asking(
      folder,
      { rows: 400, ageMs: 3_600_000 },
      async (world) => {
        await put(world, { trades: [], quotes: [] }, EACH, seeded(seed))
        const tracker = await serving(world.log, world.registry, folder)
        own.tracker = tracker
        await judged(world.log)
        const others = await besides(world.log, protos)
        const addresses = {
          'k2.v1.QueryService': world.grpcAddress,
          'k2.v1.SequenceService': tracker.address(),
          'k2.v1.DegradationService': others.address,
          'k2.v1.FeedService': others.address,
        }
        try {
          await work({ ...world, protos, addresses })
        } finally {
          await others.end()
          // Who still asks hears that it is away, and uses no client that is closed.
          delete own.tracker
          await tracker.end()
        }
      },
      { trackers: [told] },
    )
  })
}

/** The controller, and the door of a gateway whose feeds are made up. */
async function besides(log: Log, protos: PackageDefinition) {
  const ports = { log, clock: realClock, logger: silentLogger }
  const telemetry = createTelemetry({ service: 'test', environment: 'test' })
  const view = levelView(ports, 30_000)
  const controller = new DegradationController(
    { ...ports, view, telemetry, replica: 'one' },
    {
      ...{ thresholds: DEFAULT_THRESHOLDS, tickMs: 50, heartbeatMs: 1_000, leaseMs: 3_000, stuckMs: 60_000 },
      ...{ silentMs: 5_000, forgetMs: 60_000, isAlone: true },
    },
  )
  const server = createRpcServer({
    ...{ port: 0, component: 'grpc', protos, logger: silentLogger, telemetry, health: createHealth('test') },
    services: [degradationRpc(controller, view), feedRpc(['BINANCE', 'BINANCEUS'].map(feedOf))],
  })
  const ending = new AbortController()
  const running = runServices([view, controller, server], { logger: silentLogger, signal: ending.signal })
  running.catch(() => {})
  while (server.address() === '') await Promise.race([running, realClock.sleep(5)])
  return {
    address: server.address(),
    async end() {
      ending.abort()
      await running
    },
  }
}

function feedOf(exchange: string) {
  const symbols = new Set(['BTCUSDT'])
  return {
    exchange,
    symbols: () => [...symbols],
    symbolReady: () => undefined,
    async change({ add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] }) {
      for (const symbol of add.slice(0, 100)) symbols.add(symbol)
      for (const symbol of remove) symbols.delete(symbol)
    },
  }
}
