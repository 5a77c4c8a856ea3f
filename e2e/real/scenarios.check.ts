/** The main job by services in processes of their own, over a real Kafka, schema registry, REST catalog and S3. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { askScenario } from '../scenarios/ask.scenario.ts'
import { crashScenario } from '../scenarios/crash.scenario.ts'
import { loadScenario } from '../scenarios/load.scenario.ts'
import { poisonScenario } from '../scenarios/poison.scenario.ts'
import { startPlatform } from '../worlds/real/platform.ts'
import { servicesWorld } from '../worlds/real/services.ts'
import { killServices } from '../worlds/service.ts'
import type { MakeWorld } from '../worlds/world.ts'

const folder = await mkdtemp(join(tmpdir(), 'k2-scenarios-'))
const platform = await startPlatform('scenarios', folder)
after(async () => {
  killServices()
  await platform.stop()
  await rm(folder, { recursive: true, force: true })
})
const services: MakeWorld = (own) => servicesWorld(platform, own)

/** Three processes a life, and a Kafka a world. */
const MS_MAX = 900_000
loadScenario(services, MS_MAX)
poisonScenario(services, MS_MAX)
askScenario(services)
crashScenario(services, { runs: 8, anyTimeMs: { min: 1_500, range: 6_000 }, msMax: MS_MAX })
