/** What the exchange is told on its command line. Errors: INVALID_ARGUMENT. */
import { parseArgs } from 'node:util'
import { K2Error } from '@k2/contracts/codes.ts'
import { FAULTS } from './faults.ts'

const FAULT_LINES = Object.entries(FAULTS).map(
  ([kind, { does, takes }]) =>
    `  ${kind.padEnd(10)} ${does}${Object.keys(takes).length > 0 ? ` {${Object.keys(takes).join(', ')}}` : ''}\n`,
)

export const HELP = `npm run exchange -- [options] [RECORDING…]

Stands in for Binance and Binance.US on this machine: their WebSocket streams and REST, over a market that is made up by a
seed, or over recorded messages (\`<ns> <message>\` lines, .gz; CSV of trades), until SIGTERM.

  --symbols A,B      of the made up market (BTCUSDT,ETHUSDT)
  --seed N           the same one makes the same trades (1)
  --orders N         orders a second, for each symbol (5); one makes 1.5 trades; Binance.US has a fifth
  --quotes N         quotes between two orders (4)
  --speed N          how fast a recording is played (1)
  --paused           nothing happens before POST /play
  --port N           of the first host, the others follow; by default any free ones
  --control-port N   for faults and the truth (9199)
  --life SECONDS     of a connection (86400)

Faults, as JSON to POST /faults of the control port, such as {"kind":"gap","symbol":"BTCUSDT","count":3}; all take venue and
host; DELETE /faults ends them. GET /trades?venue=binance&symbol=BTCUSDT is what was traded in truth.

${FAULT_LINES.join('')}`

export interface ExchangeArguments {
  readonly isHelp: boolean
  readonly recordings: readonly string[]
  readonly symbols: readonly string[] | undefined
  readonly seed: number
  readonly ordersPerSecond: number
  readonly quotesPerOrder: number
  readonly speed: number
  readonly isPaused: boolean
  readonly port: number
  readonly controlPort: number
  readonly lifeSeconds: number
}

export function exchangeArguments(args: readonly string[]): ExchangeArguments {
  const { values, positionals } = parsed(args)
  return {
    isHelp: values.help ?? false,
    recordings: positionals,
    symbols: values.symbols?.split(',').map((symbol) => symbol.trim()),
    seed: number('--seed', values.seed, 1, 0, 2 ** 32),
    ordersPerSecond: number('--orders', values.orders, 5, 0.001, 20_000),
    quotesPerOrder: number('--quotes', values.quotes, 4, 0, 10),
    speed: number('--speed', values.speed, 1, 0.001, 100_000),
    isPaused: values.paused ?? false,
    port: number('--port', values.port, 0, 0, 65_000),
    controlPort: number('--control-port', values['control-port'], 9199, 0, 65_535),
    lifeSeconds: number('--life', values.life, 86_400, 1, 86_400),
  }
}

function number(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  const value = text === undefined ? fallback : Number(text)
  if (!(value >= min && value <= max)) throw wrong(`${name} is a number of ${min} to ${max}, not ${text}`)
  return value
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        symbols: { type: 'string' },
        seed: { type: 'string' },
        orders: { type: 'string' },
        quotes: { type: 'string' },
        speed: { type: 'string' },
        paused: { type: 'boolean' },
        port: { type: 'string' },
        'control-port': { type: 'string' },
        life: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw wrong((error as Error).message)
  }
}

const wrong = (fault: string): K2Error => new K2Error('INVALID_ARGUMENT', `${fault}.`)
