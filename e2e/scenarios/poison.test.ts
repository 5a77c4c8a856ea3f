/** Poison in the log of the one process on folders. */
import { after } from 'node:test'
import { killAll } from '../worlds/embedded.ts'
import { oneProcess } from '../worlds/one.ts'
import { poisonScenario } from './poison.scenario.ts'

after(killAll)

poisonScenario(oneProcess)
