/** The iceberg-sink in a process of its own. */
import { runProcess } from '@k2/process/process.ts'
import { probeSettings, processSettings } from '@k2/process/settings.ts'
import { main } from '@k2/service/main.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { landing } from './landing.ts'
import { sinkSettings } from './settings.ts'

const SETTINGS = { ...processSettings, ...probeSettings(9103), ...sinkSettings }

await main(async (signal) => {
  if (process.argv.includes('--settings')) return void process.stdout.write(settingsTable(SETTINGS))
  const settings = readSettings(SETTINGS)
  const options = { name: 'iceberg-sink', component: 'sink', settings, probes: settings }
  await runProcess({ ...options, compose: (world) => landing(world, settings, world.folder).services }, signal)
})
