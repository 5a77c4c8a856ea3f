/**
 * `npm run faults -- --count N --seed S`: injected faults on real servers (e2e/worlds/real), while a fleet of sinks lands a
 * known stream; exit code 1 where a record is lost, doubled or passed over, or a kind of fault never came. The last line is
 * one JSON object of figures. A signal ends all that it has started, and then itself, with 130.
 */
import { parseArgs } from 'node:util'
import { main } from '@k2/service/main.ts'
import { campaign } from './campaign.ts'
import { KINDS } from './kinds.ts'

const INTERRUPTED = 130
const HELP = `npm run faults -- [--count N] [--seed S] [--minutes M] [--pace MS] [--rate R]

  --count N     so many injected faults (1000)
  --seed S      which ones, in which order; printed (by the clock)
  --minutes M   no more are injected after that; what was is judged (30)
  --pace MS     between two of them, on average (1000)
  --rate R      records a second that are written meanwhile (300)

K2_PYTHON names a Python with e2e/readers/requirements.txt. Kafka, a schema registry, PostgreSQL, an Iceberg catalog and an
S3 server are started by e2e/worlds/real/*.sh, which say what they need.

What is injected, and its share:
${Object.entries(KINDS)
  .map(([kind, [share, what]]) => `  ${kind.padEnd(28)}${String(share).padStart(3)}  ${what}`)
  .join('\n')}
`

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '1000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '30' },
    pace: { type: 'string', default: '1000' },
    rate: { type: 'string', default: '300' },
    help: { type: 'boolean', default: false },
  },
})
const say = (line: string) => process.stdout.write(`${line}\n`)

async function run(signal: AbortSignal): Promise<number> {
  if (values.help) {
    say(HELP)
    return 0
  }
  const [count, seed, minutes, paceMs, perSecond] = [
    values.count,
    values.seed,
    values.minutes,
    values.pace,
    values.rate,
  ].map(Number) as [number, number, number, number, number]
  if (![count, seed, minutes, paceMs, perSecond].every((one) => one >= 0 && Number.isFinite(one)) || count < 1) {
    say('--count, --seed, --minutes, --pace and --rate take numbers. See --help.')
    return 2
  }
  const plan = { set: 'campaign', count, seed, minutes, paceMs, perSecond, told: say }
  signal.addEventListener('abort', () => say('Stopping: what runs is ended. A second signal would leave it running.'))
  const figures = await campaign(plan, signal).catch((error) => {
    if (signal.aborted && error === signal.reason) return undefined
    throw error
  })
  if (figures === undefined) return INTERRUPTED
  for (const sentence of figures.wrong) say(sentence)
  if (figures.faults < count) say(`The time was over after ${figures.faults} of ${count} faults.`)
  say(JSON.stringify(figures))
  return figures.wrong.length === 0 ? 0 : 1
}

await main(run)
