/** The binance-gateway in a process of its own. */
import { parseArgs } from 'node:util'
import { runProcess } from '@k2/process/process.ts'
import { probeSettings, processSettings } from '@k2/process/settings.ts'
import { main } from '@k2/service/main.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { gateway } from './gateway.ts'
import { gatewaySettings } from './settings.ts'

const SETTINGS = { ...processSettings, ...probeSettings(9101), ...gatewaySettings }

await main(async (signal) => {
  const options = { symbols: { type: 'string' }, settings: { type: 'boolean' } } as const
  const { values } = parseArgs({ options })
  if (values.settings) return void process.stdout.write(settingsTable(SETTINGS))
  const settings = readSettings(SETTINGS, { symbols: values.symbols })
  const process_ = { name: 'binance-gateway', component: 'gateway', settings, probes: settings }
  await runProcess({ ...process_, compose: (world) => [gateway(world, settings)] }, signal)
})
