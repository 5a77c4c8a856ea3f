/** The csv-loader in a process of its own: loads the files it is given, and ends; or watches folders. */
import { join } from 'node:path'
import { runProcess } from '@k2/process/process.ts'
import { probeSettings, processSettings } from '@k2/process/settings.ts'
import { EXIT, main } from '@k2/service/main.ts'
import { readSettings, type Settings, settingsTable } from '@k2/service/settings.ts'
import { HELP, type LoadArguments, loadArguments } from './arguments.ts'
import { inputOf } from './input.ts'
import { loadingOnce } from './once.ts'
import { loaderSettings, onceSettings } from './settings.ts'
import { expectFolder } from './watch.ts'
import { watching } from './watching.ts'

const SETTINGS = { ...processSettings, ...probeSettings(9102), ...loaderSettings, ...onceSettings }
const NAMES = { name: 'csv-loader', component: 'loader' }

await main(async (signal) => {
  const args = loadArguments(process.argv.slice(2))
  if (args.show !== null) {
    process.stdout.write(args.show === 'help' ? HELP : settingsTable(SETTINGS))
    return EXIT.OK
  }
  const settings = readSettings(SETTINGS)
  return args.watch ? watch(args, settings, signal) : once(args, settings, signal)
})

async function watch(args: LoadArguments, settings: Settings<typeof SETTINGS>, signal: AbortSignal): Promise<number> {
  for (const folder of args.paths) await expectFolder(folder)
  const options = { ...NAMES, settings, probes: settings }
  await runProcess({ ...options, compose: (world) => [watching(args, settings, world)] }, signal)
  return EXIT.OK
}

async function once(args: LoadArguments, settings: Settings<typeof SETTINGS>, signal: AbortSignal): Promise<number> {
  const input = await inputOf(args.paths, args, join(settings.data, 'input'), signal)
  const load = loadingOnce(input, args, settings)
  const options = { ...NAMES, settings, waitMsMax: settings.waitMsMax }
  await runProcess({ ...options, compose: (world) => [load.service(world)] }, signal)
  return load.outcome() ? EXIT.OK : EXIT.FAILED
}
