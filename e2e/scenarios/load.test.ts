/** Loading into the one process on folders: the real files too, where they are. */
import { after } from 'node:test'
import { killAll } from '../worlds/embedded.ts'
import { oneProcess } from '../worlds/one.ts'
import { loadScenario } from './load.scenario.ts'

after(killAll)

loadScenario(oneProcess)
