/** The controller as the settings want it. */

import type { Settings } from '@k2/service/settings.ts'
import type { LevelView } from '@k2/shedding/view.ts'
import { DegradationController, type Ports } from './compose.ts'
import { type controllerSettings, thresholdsOf } from './settings.ts'

const TICK_MS = 1_000
/** A third of the silence after which services say that they have heard nothing. */
const HEARTBEAT_MS = 10_000
/** Beyond two signs of life: one may be late. */
const LEASE_MS = 25_000
const SILENT_MS = 15_000
const FORGET_MS = 300_000

/** @param isAlone nobody else can lead, so that nobody is waited for */
export function controlling(
  ports: Ports & { readonly view: LevelView },
  settings: Settings<typeof controllerSettings>,
  isAlone = false,
): DegradationController {
  const times = {
    tickMs: TICK_MS,
    heartbeatMs: HEARTBEAT_MS,
    leaseMs: LEASE_MS,
    silentMs: SILENT_MS,
    forgetMs: FORGET_MS,
  }
  return new DegradationController(ports, { thresholds: thresholdsOf(settings), ...times, isAlone })
}
