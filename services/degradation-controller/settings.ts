/** The controller's settings. */
import { K2Error } from '@k2/contracts/codes.ts'
import { defineSettings, type Settings } from '@k2/service/settings.ts'
import { DEFAULT_THRESHOLDS, faultsOf, type Thresholds } from './core/level.ts'

const NUMBERS = /^\d+(\.\d+)?$/
const texts = (values: readonly number[]) => values.map(String)

export const controllerSettings = defineSettings({
  lagTriggers: {
    env: 'K2_DEGRADATION_LAG',
    kind: 'list',
    unit: 'records',
    matches: NUMBERS,
    default: texts(DEFAULT_THRESHOLDS.lagRecords),
    doc: 'Lag of a consumer group at which SOFT, GRACEFUL, AGGRESSIVE and CIRCUIT_BREAK begin.',
  },
  heapTriggers: {
    env: 'K2_DEGRADATION_HEAP',
    kind: 'list',
    unit: 'share',
    matches: NUMBERS,
    default: texts(DEFAULT_THRESHOLDS.heapShare),
    doc: 'The same for memory, as a share of its limit: of any service.',
  },
  behindTriggers: {
    env: 'K2_DEGRADATION_BEHIND',
    kind: 'list',
    unit: 'seconds',
    matches: NUMBERS,
    default: [],
    doc: 'The same for how long the oldest record waits; not looked at unless it is given.',
  },
  calmShare: {
    env: 'K2_DEGRADATION_CALM',
    kind: 'number',
    unit: 'share',
    default: DEFAULT_THRESHOLDS.calmShare,
    doc: 'A level is left where lag is below this share of its trigger, and memory below its trigger, for the cooldown.',
  },
  cooldownMs: {
    env: 'K2_DEGRADATION_COOLDOWN',
    kind: 'duration',
    unit: 'ms',
    default: DEFAULT_THRESHOLDS.cooldownMs,
    doc: 'So long it must be calm before each step down.',
  },
  stuckMs: {
    env: 'K2_DEGRADATION_STUCK',
    kind: 'duration',
    unit: 'ms',
    min: 1_000,
    max: 86_400_000,
    default: 600_000,
    doc: 'Lag at or above the trigger of SOFT that has not fallen for so long is an alert.',
  },
  leaseMs: {
    env: 'K2_DEGRADATION_LEASE',
    kind: 'duration',
    unit: 'ms',
    min: 1_000,
    max: 600_000,
    default: 25_000,
    doc: 'Another replica leads after so much silence, until which the level stays as it was; who leads gives two signs of life in that time.',
  },
})

/** SETTINGS_INVALID with all faults. */
export function thresholdsOf(settings: Settings<typeof controllerSettings>): Thresholds {
  const { lagTriggers, heapTriggers, behindTriggers, calmShare, cooldownMs } = settings
  const thresholds = {
    lagRecords: lagTriggers.map(Number),
    heapShare: heapTriggers.map(Number),
    behindSeconds: behindTriggers.length === 0 ? null : behindTriggers.map(Number),
    ...{ calmShare, cooldownMs },
  }
  const faults = faultsOf(thresholds)
  if (faults.length > 0)
    throw new K2Error(
      'SETTINGS_INVALID',
      `levels of degradation are wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    )
  return thresholds
}
