/** The degradation-controller in a process of its own. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { type LogWorld, runProcess } from '@k2/process/process.ts'
import { grpcSettings, probeSettings, processSettings } from '@k2/process/settings.ts'
import { main } from '@k2/service/main.ts'
import { createRpcServer } from '@k2/service/rpc.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { degradationProtos } from '@k2/shedding/controllers.ts'
import { controlling } from './controlling.ts'
import { degradationRpc } from './rpc.ts'
import { controllerSettings } from './settings.ts'

const SETTINGS = {
  ...processSettings,
  ...probeSettings(9106),
  ...controllerSettings,
  ...grpcSettings(50_053),
}

await main(async (signal) => {
  if (process.argv.includes('--settings')) return void process.stdout.write(settingsTable(SETTINGS))
  const settings = readSettings(SETTINGS)
  function composeOverLog(world: LogWorld) {
    const { view } = world.degradation
    const replica = `${hostname()} ${randomUUID().slice(0, 8)}`
    const controller = controlling({ ...world, view, replica }, settings)
    const { host, grpcPort: port } = settings
    const protos = degradationProtos()
    const door = { host, port, component: 'grpc', protos, services: [degradationRpc(controller, view)] }
    return [controller, createRpcServer({ ...world, ...door })]
  }
  const options = { name: 'degradation-controller', component: 'controller', settings, probes: settings }
  await runProcess({ ...options, composeOverLog }, signal)
})
