/** The binance-gateway in a process of its own. */
import { parseArgs } from 'node:util'
import { type LogWorld, runProcess } from '@k2/process/process.ts'
import { grpcSettings, probeSettings, processSettings } from '@k2/process/settings.ts'
import { main } from '@k2/service/main.ts'
import { createRpcServer } from '@k2/service/rpc.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { gateway } from './gateway.ts'
import { feedProtos, feedRpc } from './rpc.ts'
import { gatewaySettings } from './settings.ts'

const SETTINGS = {
  ...processSettings,
  ...probeSettings(9101),
  ...gatewaySettings,
  ...grpcSettings(50_054),
}

await main(async (signal) => {
  const options = { symbols: { type: 'string' }, settings: { type: 'boolean' } } as const
  const { values } = parseArgs({ options })
  if (values.settings) return void process.stdout.write(settingsTable(SETTINGS))
  const settings = readSettings(SETTINGS, { symbols: values.symbols })
  const process_ = { name: 'binance-gateway', component: 'gateway', settings, probes: settings }
  const { host, grpcPort: port } = settings
  function composeOverLog(world: LogWorld) {
    const service = gateway(world, settings)
    const door = { host, port, component: 'grpc', protos: feedProtos(), services: [feedRpc(service.feeds)] }
    return [service, createRpcServer({ ...world, ...door })]
  }
  await runProcess({ ...process_, composeOverLog }, signal)
})
