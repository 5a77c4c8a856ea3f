/** The csv-loader in a process of its own: loads the files it is given, and ends. */
import { runProcess } from '@k2/process/process.ts'
import { processSettings } from '@k2/process/settings.ts'
import { EXIT, main } from '@k2/service/main.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { HELP, loadArguments } from './arguments.ts'
import { loadingOnce } from './once.ts'
import { loaderSettings } from './settings.ts'

const SETTINGS = { ...processSettings, ...loaderSettings }

await main(async (signal) => {
  const args = loadArguments(process.argv.slice(2))
  if (args.show !== null) {
    process.stdout.write(args.show === 'help' ? HELP : settingsTable(SETTINGS))
    return EXIT.OK
  }
  const settings = readSettings(SETTINGS)
  const once = await loadingOnce(args, settings)
  const options = { name: 'csv-loader', component: 'loader', settings }
  await runProcess({ ...options, compose: (world) => [once.service(world)] }, signal)
  return once.hasFailed() ? EXIT.FAILED : EXIT.OK
})
