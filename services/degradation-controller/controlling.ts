/** The controller as the settings want it. */

import type { Settings } from '@k2/service/settings.ts'
import type { LevelView } from '@k2/shedding/view.ts'
import { DegradationController, type Ports } from './compose.ts'
import { type controllerSettings, thresholdsOf } from './settings.ts'

const TICK_MS = 1_000
/** Two and a half to a lease, for one may be late; by default a third of the silence of which services tell. */
const HEARTBEATS_PER_LEASE = 2.5
const SILENT_MS = 15_000
const FORGET_MS = 300_000

/** @param isAlone nobody else can lead, so that nobody is waited for */
export function controlling(
  ports: Ports & { readonly view: LevelView },
  settings: Settings<typeof controllerSettings>,
  isAlone = false,
): DegradationController {
  const { leaseMs, stuckMs } = settings
  const heartbeatMs = leaseMs / HEARTBEATS_PER_LEASE
  const times = {
    tickMs: Math.min(TICK_MS, heartbeatMs),
    heartbeatMs,
    leaseMs,
    silentMs: SILENT_MS,
    forgetMs: FORGET_MS,
    stuckMs,
  }
  return new DegradationController(ports, { thresholds: thresholdsOf(settings), ...times, isAlone })
}
