/** `npm run exchange`: the stand-in exchange in a process of its own. */
import { once } from 'node:events'
import { EXIT, main } from '@k2/service/main.ts'
import { exchangeArguments, HELP } from './arguments.ts'
import { createControlDoor } from './control-door.ts'
import { openRecording } from './recording.ts'
import { standInExchange } from './stand-in.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)

await main(async (signal) => {
  const args = exchangeArguments(process.argv.slice(2))
  if (args.isHelp) {
    process.stdout.write(HELP)
    return EXIT.OK
  }
  const { recordings, lifeSeconds, speed, symbols: named, ...options } = args
  const recording = recordings.length > 0 ? await openRecording(recordings) : undefined
  const symbols = recording?.symbols ?? named
  const exchange = await standInExchange({
    ...options,
    rules: { lifeMs: lifeSeconds * 1_000 },
    ...(symbols ? { symbols } : {}),
    ...(recording ? { source: ({ name }) => (name === 'binance' ? recording.source(speed) : () => []) } : {}),
  })
  const control = createControlDoor(exchange)
  try {
    await control.open(args.controlPort)
    const market = recording ? `${recordings.join(', ')} at ${speed}×` : `made up with seed ${args.seed}`
    say(
      `Stand-in for Binance: ${(symbols ?? exchange.binance.doors[0]!.symbols).join(', ')}, ${market}${args.isPaused ? ', paused' : ''}.`,
    )
    for (const { doors } of [exchange.binance, exchange.binanceus]) {
      for (const { host, url } of doors) say(`  ${host.padEnd(26)} ${url}`)
    }
    say(`  ${'control'.padEnd(26)} http://${control.address}`)
    const stopped = once(signal, 'abort')
    await Promise.race([stopped, exchange.ended])
    if (!signal.aborted) say('The recording has come to its end; REST and connections stay.')
    await stopped
  } finally {
    await control.close()
    await exchange.stop()
  }
  return EXIT.OK
})
