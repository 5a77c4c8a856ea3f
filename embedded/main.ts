/** `npm start`: everything in one process. Logs go to standard error; standard output has the results. */
import { join } from 'node:path'
import { K2Error } from '@k2/contracts/codes.ts'
import { createLogger } from '@k2/service/logger.ts'
import { EXIT, main } from '@k2/service/main.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { type Arguments, HELP, readArguments } from './arguments.ts'
import { type Embedded, type EmbeddedSettings, embedded } from './compose.ts'
import { crashAt } from './crash.ts'
import { filesToLoad } from './files.ts'
import { runReport } from './report.ts'
import { writeSample } from './sample.ts'
import { embeddedSettings } from './settings.ts'

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
  await run(args, settings, signal)
  return EXIT.OK
})

async function run(args: Arguments, settings: EmbeddedSettings, signal: AbortSignal): Promise<void> {
  const startMs = performance.now()
  const logger = createLogger({ service: 'k2', environment: settings.environment, level: settings.logLevel })
  const paths =
    args.csv.length > 0 ? args.csv : await writeSample(join(settings.data, 'sample', `seed-${args.seed}`), args.seed)
  const files = await filesToLoad(paths, args.symbol, args.companies)
  const world = await embedded(settings, { logger, reached: crashAt(settings.crashAt) })
  const done = new AbortController()
  const loading = {
    name: 'loading',
    async run(stopping: AbortSignal) {
      const reports = await world.load(files, args.check, stopping)
      if (args.once) await world.sink.drain(stopping)
      process.stdout.write(`${JSON.stringify(await runReport(reports, world.tables, startMs))}\n`)
      if (args.once) done.abort()
      else tell(world)
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
  }
  if (args.once && !done.signal.aborted) {
    throw new K2Error(
      'NOT_READY',
      'It was stopped before all was in the lake. Start it again with the same --data: it goes on where it was.',
    )
  }
}

function tell({ query }: Embedded): void {
  const url = query.http.url()
  process.stderr.write(
    `\nK2 answers at ${url} and, over gRPC, at ${query.rpc.address()}. Ctrl-C ends it.\n\n  curl '${url}/v1/trades?limit=3'\n  curl '${url}/v1/ohlcv/5m?symbol=KTA&limit=3'\n\n`,
  )
}
