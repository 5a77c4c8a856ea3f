/**
 * A load that goes on: files of folders as they come, each as often as it takes until log and lake have let it through.
 *
 *   folders ─► settled files ─► load ─► log ─┐
 *      └──────────────◄──────────────────────┘
 *
 * A file that cannot be loaded is told in the log, and is no failure of the watch: folders have files of all sorts.
 */
import { SCHEMAS } from '@k2/contracts/records/avro.ts'
import type { World } from '@k2/process/process.ts'
import { within } from '@k2/service/deadline.ts'
import type { Service } from '@k2/service/run.ts'
import { waitFor } from '@k2/service/wait.ts'
import type { LoadArguments } from './arguments.ts'
import { lagRecords } from './lag.ts'
import { LOADER_TOPICS, type LoadingSettings, loading } from './loading.ts'
import { expectFolder, watchedFiles } from './watch.ts'

/** An idle loader hears of no outage: it asks. */
const LOOK_MS = 5_000
/** Who is asked may hang for longer than it takes to say so. */
const LOOK_MS_MAX = 10_000

export function watching(args: LoadArguments, settings: LoadingSettings, world: World): Service {
  const { clock, logger, random, log, registry, tables } = world
  const lagOf = (name: string) => lagRecords(log, tables.find(({ spec }) => spec.name === name)!)
  const load = loading({ ...world, lagRecords: lagOf }, settings, world.folder)
  let trouble: string | undefined
  let away: string | undefined = 'it has not asked for log and lake yet'

  async function work(signal: AbortSignal): Promise<void> {
    const tell = (why: string | undefined) => {
      trouble = why
    }
    const patiently = <T>(one: () => Promise<T>) => waitFor(one, { clock, logger, random, signal, tell })
    for await (const files of watchedFiles(args.paths, args, clock, signal))
      await load(files, args.check, signal, { patiently })
  }

  async function look(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      away = await within(LOOK_MS_MAX, 'a look at log and lake', awayNow).catch((error: Error) => error.message)
      await clock.sleep(LOOK_MS, signal).catch(() => {})
    }
  }

  async function awayNow(): Promise<undefined> {
    for (const folder of args.paths) await expectFolder(folder)
    await lagOf(tables[0]!.spec.name)
    // Asked once, and known from then on: it may be away later.
    for (const { name, kind } of LOADER_TOPICS) await registry.register(`${name}-value`, SCHEMAS[kind])
  }

  return {
    name: 'csv-loader',
    run: async (signal) => void (await Promise.all([work(signal), look(signal)])),
    ready: () => trouble ?? away,
  }
}
