/** The query-service in a process of its own. */
import { runProcess, type World } from '@k2/process/process.ts'
import { processSettings } from '@k2/process/settings.ts'
import { main } from '@k2/service/main.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { answering } from './answering.ts'
import { ownSettings, querySettings } from './settings.ts'

const SETTINGS = { ...processSettings, ...querySettings, ...ownSettings }

await main(async (signal) => {
  if (process.argv.includes('--settings')) return void process.stdout.write(settingsTable(SETTINGS))
  const settings = readSettings(SETTINGS)
  const compose = (world: World) =>
    answering({ ...world, level: world.degradation.view }, settings, world.folder, world.readableFolders).services
  const probes = { host: settings.host, httpPort: settings.probePort }
  await runProcess({ name: 'query-service', component: 'query', settings, probes, compose }, signal)
})
