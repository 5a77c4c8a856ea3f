/** Repeats in the log of the one process on folders. */
import { after } from 'node:test'
import { killAll } from '../worlds/embedded.ts'
import { oneProcess } from '../worlds/one.ts'
import { repeatsScenario } from './repeats.scenario.ts'

after(killAll)

repeatsScenario(oneProcess)
