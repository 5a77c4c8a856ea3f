/** The sequence-tracker in a process of its own. */
import { type LogWorld, runProcess } from '@k2/process/process.ts'
import { grpcSettings, probeSettings, processSettings } from '@k2/process/settings.ts'
import { main } from '@k2/service/main.ts'
import { createRpcServer, loadProtos } from '@k2/service/rpc.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { SEQUENCE_PROTO } from './compose.ts'
import { sequenceSettings } from './settings.ts'
import { tracking } from './tracking.ts'

const SETTINGS = { ...processSettings, ...probeSettings(9104), ...sequenceSettings, ...grpcSettings(50_052) }
const PROTOS = new URL('../../proto/', import.meta.url).pathname

await main(async (signal) => {
  if (process.argv.includes('--settings')) return void process.stdout.write(settingsTable(SETTINGS))
  const settings = readSettings(SETTINGS)
  const { host, grpcPort: port } = settings
  const composeOverLog = (world: LogWorld) => {
    const tracker = tracking(world, settings, world.folder)
    const protos = loadProtos([SEQUENCE_PROTO], [PROTOS])
    return [tracker, createRpcServer({ ...world, host, port, component: 'grpc', protos, services: [tracker.rpc] })]
  }
  await runProcess(
    { name: 'sequence-tracker', component: 'sequence', settings, probes: settings, composeOverLog },
    signal,
  )
})
