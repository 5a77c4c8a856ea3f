/** A load that ends: the files of its arguments, paced by how far the lake is behind. */
import type { World } from '@k2/process/process.ts'
import type { Service } from '@k2/service/run.ts'
import type { LoadArguments } from './arguments.ts'
import { filesToLoad } from './files.ts'
import { lagRecords } from './lag.ts'
import { type LoadingSettings, loading } from './loading.ts'

export interface Once {
  service(world: World): Service
  /** A file was not read to its end. */
  readonly hasFailed: () => boolean
}

/** Errors: INVALID_ARGUMENT where there is nothing to load. */
export async function loadingOnce(args: LoadArguments, settings: LoadingSettings): Promise<Once> {
  const files = await filesToLoad(args.paths, args.symbol, args.companies, args.type)
  let hasFailed = false
  return {
    hasFailed: () => hasFailed,
    service: (world) => ({
      name: 'csv-loader',
      async run(signal) {
        const lagOf = (name: string) => lagRecords(world.log, world.tables.find(({ spec }) => spec.name === name)!)
        const load = loading({ ...world, lagRecords: lagOf }, settings, world.folder)
        await load(files, args.check, signal, {
          ended: (report) => {
            hasFailed ||= report.failed !== null
            process.stdout.write(`${JSON.stringify(report)}\n`)
          },
        })
      },
    }),
  }
}
