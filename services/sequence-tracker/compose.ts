/**
 * sequence-tracker: trades in, verdicts counted, gaps out.
 *
 *   log(market.*.trades.*) ─► judge ─► log(k2.sequence.events) ─► log(k2.sequence.positions), then the group's offsets
 *                               └────► telemetry, warnings
 *                                          shared store ◄┘ between the two, where there is one
 *   log(both) ─► local store ─► judge (streams that come back), gRPC
 *
 * It is derived from the log alone: whatever of it is lost is made again by reading on from the group's offsets.
 */
import type { Log, SchemaRegistry } from '@k2/log/log.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { RpcService } from '@k2/service/rpc.ts'
import type { Service } from '@k2/service/run.ts'
import type { Telemetry } from '@k2/service/telemetry.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import { trackerMetrics, watchShared, watchStreams } from './metrics.ts'
import { sequenceRpc } from './rpc.ts'
import { Tracker } from './tracker.ts'

export interface Ports {
  readonly log: Log
  readonly registry: SchemaRegistry
  readonly clock: Clock
  readonly logger: Logger
  readonly telemetry: Telemetry
  readonly random: () => number
  /** Of a fleet; closed with the tracker. */
  readonly store?: SharedStore
  /** Where a crash test may stop the process. */
  readonly reached: (moment: string) => void
}

export interface Settings {
  readonly streamsMax: number
  readonly flushMs: number
  /** Of the local store, which is made anew. */
  readonly storePath: string
}

export interface SequenceTracker extends Service {
  /** To be served at whatever door there is. */
  readonly rpc: RpcService
}

/** Protos of its gRPC service. */
export const SEQUENCE_PROTO = 'k2/v1/sequence.proto'

export function sequenceTracker(ports: Ports, settings: Settings): SequenceTracker {
  const tracker = new Tracker(ports, settings, trackerMetrics(ports.telemetry))
  const { ledger, shared } = tracker
  const { view } = ledger
  watchStreams(ports.telemetry, tracker.judge, () => view.stored)
  if (shared) watchShared(ports.telemetry, () => shared.trouble())
  let running: Promise<void> = Promise.resolve()
  let isClosed = false
  const ready = () => (isClosed ? 'the tracker has stopped.' : tracker.ready())
  return {
    name: 'sequence-tracker',
    rpc: sequenceRpc({ ...ports, ledger, ready }),
    run(signal) {
      running = tracker.run(signal)
      return running
    },
    ready,
    without: () => shared?.trouble(),
    async stop() {
      await running.catch(() => {})
      await shared?.close()
      isClosed = true
      view.close()
    },
  }
}
