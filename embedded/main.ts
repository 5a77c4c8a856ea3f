/** `npm start`: everything in one process. Logs go to standard error; standard output has the results. */
import { K2Error } from '@k2/contracts/codes.ts'
import type { FileToLoad } from '@k2/csv-loader/compose.ts'
import { realClock } from '@k2/service/clock.ts'
import { createLogger } from '@k2/service/logger.ts'
import { EXIT, main } from '@k2/service/main.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { type Arguments, HELP, readArguments } from './arguments.ts'
import { type Embedded, type EmbeddedSettings, embedded } from './compose.ts'
import { crashAt } from './crash.ts'
import { describeFiles } from './files.ts'
import { inputOf } from './input.ts'
import { rejectedFile } from './rejected.ts'
import { faultsText, runReport } from './report.ts'
import { embeddedSettings } from './settings.ts'
import { loadView, standardError } from './view.ts'
import { settledFiles } from './watch.ts'

await main(async (signal) => {
  const args = readArguments(process.argv.slice(2))
  if (args.show !== null) {
    process.stdout.write(args.show === 'help' ? HELP : settingsTable(embeddedSettings))
    return EXIT.OK
  }
  // A run that ends by itself has no port that people know: any free one will do.
  const anyPort = args.once ? '0' : undefined
  const overrides = { data: args.data, httpPort: args.httpPort ?? anyPort, grpcPort: args.grpcPort ?? anyPort }
  const settings = readSettings(embeddedSettings, overrides)
  return run(args, settings, signal)
})

async function run(args: Arguments, settings: EmbeddedSettings, signal: AbortSignal): Promise<number> {
  const startMs = performance.now()
  const view = loadView(standardError)
  const logger = createLogger({
    service: 'k2',
    environment: settings.environment,
    level: settings.logLevel,
    pretty: standardError.isTerminal,
    to: view.log,
  })
  const input = await inputOf(args, settings.data, signal)
  const rejects = args.rejected === undefined ? undefined : rejectedFile(args.rejected)
  const world = await embedded(settings, { logger, reached: crashAt(settings.crashAt) })
  const done = new AbortController()
  const options = { rowsPerSecond: args.rate, advanced: view.advanced, rejected: rejects?.add }
  let hasFailed = false
  async function load(files: readonly FileToLoad[], stopping: AbortSignal): Promise<void> {
    const reports = await world.load(files, args.check, stopping, options)
    view.end()
    if (args.once) await world.sink.drain(stopping)
    const report = await runReport(reports, world.tables, startMs)
    standardError.write(faultsText(reports))
    process.stdout.write(`${JSON.stringify(report)}\n`)
    hasFailed ||= report.failed.length > 0
    await input.loaded(reports)
  }
  const loading = {
    name: 'loading',
    async run(stopping: AbortSignal) {
      await load(input.files, stopping)
      if (args.once) done.abort()
      else tell(world)
      if (args.watch === undefined) return
      for await (const paths of settledFiles(args.watch, args.type, realClock, stopping))
        await load(await describeFiles(paths, args.symbol, args.companies, args.type), stopping)
    },
  }
  try {
    await runServices([...world.services, loading], {
      logger,
      signal: AbortSignal.any([signal, done.signal]),
      health: world.health,
    })
  } finally {
    await world.close()
    rejects?.close()
  }
  if (args.once && !done.signal.aborted) {
    throw new K2Error(
      'NOT_READY',
      'It was stopped before all was in the lake. Start it again with the same --data: it goes on where it was.',
    )
  }
  // A folder that is watched has files of all sorts: what failed there has been told, and is no failure of the watch.
  return hasFailed && args.watch === undefined ? EXIT.FAILED : EXIT.OK
}

function tell({ query }: Embedded): void {
  const url = query.http.url()
  process.stderr.write(
    `\nK2 answers at ${url} and, over gRPC, at ${query.rpc.address()}. Ctrl-C ends it.\n\n  curl '${url}/v1/trades?limit=3'\n  curl '${url}/v1/ohlcv/5m?symbol=KTA&limit=3'\n\n`,
  )
}
