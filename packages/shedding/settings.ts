/** Settings of who hears of the level, and of what is deferred at which. */
import { defineSettings } from '@k2/service/settings.ts'
import { PRESETS } from './priority.ts'

/** Of every service. */
export const memberSettings = defineSettings({
  degradationAddresses: {
    env: 'K2_DEGRADATION_ADDRESSES',
    kind: 'list',
    unit: 'host:port',
    default: [],
    matches: /^[^\s:]+:\d{1,5}$/,
    doc: 'Replicas of the degradation-controller, each of which is told of lag and memory every second. Without any the level is heard, and nothing told.',
  },
})

/** Of who passes records over. */
export const sheddingSettings = defineSettings({
  sheddingPreset: {
    env: 'K2_SHEDDING_PRESET',
    kind: 'choice',
    choices: Object.keys(PRESETS),
    default: 'standard',
    doc: 'What each level defers. standard: GRACEFUL reference data, AGGRESSIVE symbols of no tier too, CIRCUIT_BREAK tier 2 too; strict: one step more each, and CIRCUIT_BREAK everything.',
  },
  sheddingFile: {
    env: 'K2_SHEDDING_FILE',
    kind: 'string',
    unit: 'file',
    optional: true,
    doc: 'JSON with tiers of your own, {"tiers": {"ASX": {"critical": ["BHP"], "high": []}}}, "*" being any other exchange, and lines, {"lines": [4, 4, 3, 2, 1]}: how many of the four priorities each level keeps. Read again when it changes.',
  },
})
