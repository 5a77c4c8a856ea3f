/** `npm start`: everything in one process. What people see goes to standard error; standard output has the results. */
import { codeOf, K2Error } from '@k2/contracts/codes.ts'
import { crashAt } from '@k2/process/crash.ts'
import { tracesOf } from '@k2/process/traces.ts'
import { openAccess } from '@k2/service/access/access.ts'
import { realClock } from '@k2/service/clock.ts'
import { guard } from '@k2/service/guard.ts'
import { createLogger } from '@k2/service/logger.ts'
import { EXIT, main } from '@k2/service/main.ts'
import { runServices } from '@k2/service/run.ts'
import { readSettings, settingsTable } from '@k2/service/settings.ts'
import { type Arguments, readArguments } from './arguments.ts'
import { type Embedded, type EmbeddedPorts, type EmbeddedSettings, embedded } from './compose.ts'
import { HELP } from './help.ts'
import { forgetHolder, inUse } from './holder.ts'
import { inputOfRun } from './input.ts'
import { patienceOf } from './patience.ts'
import { rejectedFile } from './rejected.ts'
import { type Session, session } from './session.ts'
import { embeddedSettings } from './settings.ts'
import { standardError } from './terminal/screen.ts'
import { createView, type View } from './terminal/view.ts'

/** Who waits for what is away says so: the deadline is for a start that hangs. */
const START_MS_MAX = 300_000

await main(async (signal) => {
  const args = readArguments(process.argv.slice(2))
  if (args.show !== null) {
    process.stdout.write(args.show === 'help' ? HELP : settingsTable(embeddedSettings))
    return EXIT.OK
  }
  // A run that ends by itself has no port that people know: any free one will do.
  const anyPort = args.once ? '0' : undefined
  const overrides = {
    data: args.data,
    httpPort: args.httpPort ?? anyPort,
    grpcPort: args.grpcPort ?? anyPort,
    symbols: args.symbols,
  }
  const settings = readSettings(embeddedSettings, overrides)
  return run(args, settings, signal)
})

async function run(args: Arguments, settings: EmbeddedSettings, signal: AbortSignal): Promise<number> {
  const isLive = standardError.isTerminal && !args.plain
  const view = createView(standardError, realClock, isLive)
  const logger = createLogger({
    service: 'k2',
    environment: settings.environment,
    level: settings.logLevel ?? (isLive ? 'warn' : 'info'),
    pretty: isLive,
    to: view.log,
  })
  const access = openAccess(settings, { clock: realClock, logger, guardOf: guard })
  const endTraces = await tracesOf('k2', settings)
  const input = await inputOfRun(args, settings.data, signal)
  const rejects = args.rejected === undefined ? undefined : rejectedFile(args.rejected)
  const { patiently, why, atDoor } = patienceOf(settings, args.once, { logger, access }, signal)
  const world = await atDoor(() =>
    opened(settings, { logger, access, reached: crashAt(settings.crashAt), patiently, feed: feedOf(args) }),
  )
  world.health.watchReady('load', why)
  const working = session({ args, settings, input, world, view, isLive, patiently, rejected: rejects?.add })
  signal.addEventListener('abort', () => {
    view.turns('stopping')
    if (!isLive) view.say('Stopping: what is in hand comes to its end. A second signal ends it at once.\n')
  })
  try {
    await runServices([...world.services, working.service], {
      logger,
      signal: AbortSignal.any([signal, working.done]),
      health: world.health,
      startDeadlineMs: START_MS_MAX,
    })
  } finally {
    view.end()
    await forgetHolder(settings.data)
    await world.close()
    rejects?.close()
    await endTraces()
  }
  return outcome(args, working, view, settings.data)
}

function feedOf({ feed, seed }: Arguments): EmbeddedPorts['feed'] {
  return feed === null ? undefined : { kind: feed, seed }
}

async function opened(settings: EmbeddedSettings, ports: EmbeddedPorts): Promise<Embedded> {
  try {
    const world = await embedded(settings, ports)
    // Of a process that was killed.
    await forgetHolder(settings.data)
    return world
  } catch (error) {
    throw codeOf(error) === 'LOG_IN_USE' ? await inUse(settings.data, error) : error
  }
}

function outcome(args: Arguments, { done, hasFailed }: Session, view: View, data: string): number {
  if (args.once && !done.aborted) {
    throw new K2Error(
      'NOT_READY',
      'It was stopped before all was in the lake. Start it again with the same --data: it goes on where it was.',
    )
  }
  if (!args.once) view.say(`Stopped. What was taken in is in ${data}, and the next start goes on with it.\n`)
  // A folder that is watched has files of all sorts: what failed there has been told, and is no failure of the watch.
  return hasFailed() && args.watch === undefined ? EXIT.FAILED : EXIT.OK
}
