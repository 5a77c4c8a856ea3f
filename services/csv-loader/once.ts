/** A load that ends: the files of its arguments, paced by how far the lake is behind. */
import { K2Error } from '@k2/contracts/codes.ts'
import type { World } from '@k2/process/process.ts'
import type { Service } from '@k2/service/run.ts'
import type { LoadArguments } from './arguments.ts'
import type { Input } from './input.ts'
import { lagRecords } from './lag.ts'
import { type LoadingSettings, loading } from './loading.ts'

export interface Once {
  service(world: World): Service
  /** Whether each file was read to its end. Errors: NOT_READY where it was stopped before. */
  outcome(): boolean
}

export function loadingOnce({ files, loaded }: Input, { check }: LoadArguments, settings: LoadingSettings): Once {
  let isOver = false
  let hasFailed = false
  return {
    outcome() {
      if (!isOver)
        throw new K2Error('NOT_READY', 'It was stopped before all was loaded. Load it again: it goes on there.')
      return !hasFailed
    },
    service: (world) => ({
      name: 'csv-loader',
      async run(signal) {
        const lagOf = (name: string) => lagRecords(world.log, world.tables.find(({ spec }) => spec.name === name)!)
        const load = loading({ ...world, lagRecords: lagOf }, settings, world.folder)
        const reports = await load(files, check, signal, {
          ended: (report) => {
            hasFailed ||= report.failed !== null
            process.stdout.write(`${JSON.stringify(report)}\n`)
          },
        })
        isOver = true
        await loaded(reports)
      },
    }),
  }
}
