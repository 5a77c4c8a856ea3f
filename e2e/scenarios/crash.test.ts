/** Kills of the one process on folders: K2_CRASH_RUNS lives (12). */
import { after } from 'node:test'
import { killAll } from '../worlds/embedded.ts'
import { oneProcess } from '../worlds/one.ts'
import { crashScenario } from './crash.scenario.ts'

after(killAll)

const runs = Number(process.env.K2_CRASH_RUNS ?? 12)
crashScenario(oneProcess, { runs, anyTimeMs: { min: 150, range: 1_800 }, msMax: 60_000 + runs * 15_000 })
