/** What a run is to load, from its command line; where it names nothing, a sample. */
import { join } from 'node:path'
import { type Input, inputOf } from '@k2/csv-loader/input.ts'
import { expectFolder } from '@k2/csv-loader/watch.ts'
import type { Arguments } from './arguments.ts'
import { writeSample } from './sample.ts'

export async function inputOfRun(args: Arguments, data: string, signal: AbortSignal): Promise<Input> {
  if (args.watch !== undefined) await expectFolder(args.watch)
  return inputOf(await wordsOf(args, data), args, join(data, 'input'), signal)
}

async function wordsOf(args: Arguments, data: string): Promise<readonly string[]> {
  if (args.csv.length > 0 || args.watch !== undefined) return args.csv
  const folder = join(data, 'sample', `seed-${args.seed}`)
  await writeSample(folder, args.seed)
  return [folder]
}
