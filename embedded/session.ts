/**
 * What a run does once its services have started: says what it goes on with, loads, shows examples, watches.
 *
 *   files ─► load ─► (land) ─► report ─► examples ─► watch ─┐
 *             └─────────────────────────────────────────────┘
 */
import { stat } from 'node:fs/promises'
import type { FileReport, FileToLoad } from '@k2/csv-loader/compose.ts'
import type { Input } from '@k2/csv-loader/input.ts'
import type { LoadOptions } from '@k2/csv-loader/loading.ts'
import { watchedFiles } from '@k2/csv-loader/watch.ts'
import { realClock } from '@k2/service/clock.ts'
import type { Service } from '@k2/service/run.ts'
import type { Arguments } from './arguments.ts'
import type { Embedded, EmbeddedSettings } from './compose.ts'
import { noteHolder } from './holder.ts'
import { faultsText, runReport } from './report.ts'
import { examplesText } from './terminal/asking.ts'
import { figuresOf } from './terminal/figures.ts'
import { answersText, continuesText, loadedText } from './terminal/sentences.ts'
import type { View } from './terminal/view.ts'

export interface Session {
  readonly service: Service
  /** Aborts when a run that ends by itself is done. */
  readonly done: AbortSignal
  readonly hasFailed: () => boolean
}

interface Parts {
  readonly args: Arguments
  readonly settings: EmbeddedSettings
  readonly input: Input
  readonly world: Embedded
  readonly view: View
  readonly isLive: boolean
  /** Around what needs log and lake to be there. */
  readonly patiently: <T>(work: () => Promise<T>) => Promise<T>
  readonly rejected: LoadOptions['rejected']
}

export function session({ args, settings, input, world, view, isLive, patiently, rejected }: Parts): Session {
  const startMs = performance.now()
  const done = new AbortController()
  const { query, sink } = world
  // Files of the run's own making are for people who look: they want to see the lake. Other loads wait for no commit.
  const isLanded = args.once || (args.csv.length === 0 && args.watch === undefined)
  let hasFailed = false
  let hasShown = false

  async function load(files: readonly FileToLoad[], signal: AbortSignal): Promise<void> {
    const beganMs = performance.now()
    view.turns('loading')
    view.loads(files, await Promise.all(files.map(bytesOf)))
    const reports = await world.load(files, args.check, signal, {
      rowsPerSecond: args.rate,
      patiently,
      rejected,
      ...view.progress,
    })
    const loadMs = performance.now() - beganMs
    view.turns('landing')
    if (isLanded) await patiently(() => sink.drain(signal))
    await tell(reports, loadMs)
    await input.loaded(reports)
    view.turns(args.watch === undefined ? 'serving' : 'watching')
  }

  async function tell(reports: readonly FileReport[], loadMs: number): Promise<void> {
    if (reports.length > 0) view.say(loadedText(reports, loadMs))
    view.say(faultsText(reports))
    const report = await patiently(() => runReport(reports, world.tables, startMs))
    hasFailed ||= report.failed.length > 0
    // Beside a live view it would only be in the way.
    const isRead = args.once || !(isLive && process.stdout.isTTY)
    if (args.once) view.end()
    if (isRead) process.stdout.write(`${JSON.stringify(report)}\n`)
  }

  async function show(signal: AbortSignal): Promise<void> {
    if (args.once || hasShown) return
    const text = await examplesText(doors(), view.cells(), view.paint, signal)
    if (text === undefined) return
    hasShown = true
    view.say(`\n${text}`)
  }

  const doors = () => ({ url: query.http.url(), grpc: query.rpc.address() })

  async function work(signal: AbortSignal): Promise<void> {
    await load(input.files, signal)
    if (args.once) return done.abort()
    // The view has it in its last lines.
    if (!isLive) view.say(answersText(doors()))
    await show(signal)
    if (args.watch === undefined) return
    for await (const files of watchedFiles([args.watch], args, realClock, signal)) {
      await load(files, signal)
      await show(signal)
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    const { tables, log } = world
    const lagRecords = (table: string) => sink.lagRecords(table)
    const figures = figuresOf({ tables, log, lagRecords, answered: query.answered })
    const answered = () => [...query.answered.values()].reduce((sum, count) => sum + count, 0)
    await noteHolder(settings.data, { pid: process.pid, ...doors() })
    view.say(continuesText(settings.data, await patiently(figures)) ?? '')
    const seen = view.run({ doors: doors(), figures, answered }, signal)
    await Promise.all([seen, work(signal)])
  }

  return { service: { name: 'loading', run }, done: done.signal, hasFailed: () => hasFailed }
}

/** What cannot be read has none, and its load says why. */
const bytesOf = async ({ path }: FileToLoad): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0
