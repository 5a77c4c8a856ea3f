/** `npm run sim`: simulated runs of sink and lake, or bugs planted in them. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { KINDS } from './faults.ts'
import { runSeed, type Verdict } from './run.ts'
import { huntAll, runSeeds } from './runs.ts'

/** So many seeds have every kind of fault among them. */
const ALL_KINDS_SEEDS = 100

const HELP = `npm run sim -- [--seeds N] [--from S]     simulated runs of sink and lake: 1,000 from seed 1 where nothing is said

  --bugs        plants bugs instead, one after the other, and looks how many of N seeds each survives: none may survive all
  --trace       prints every step of the seed that --from names
  --threads N   2, where there are as many cores

Exit code 1 where a seed fails or a bug survives. The last line is one JSON object of figures.
`

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    threads: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    bugs: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
const [seeds, from, threads] = [Number(values.seeds), Number(values.from), Number(values.threads)]
const say = (line: string) => process.stdout.write(`${line}\n`)

function isBad(): boolean {
  return !(seeds >= 1 && from >= 0 && threads >= 1 && [seeds, from, threads].every(Number.isSafeInteger))
}

function add(sums: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [key, count] of Object.entries(more)) sums[key] = (sums[key] ?? 0) + count
}

function tell({ seed, fault }: Verdict): void {
  say(`seed ${seed} fails: ${fault}`)
  say(`  alone: npm run sim -- --seeds 1 --from ${seed} --trace`)
}

async function simulate(): Promise<number> {
  const sums = { seeds: 0, steps: 0, seeds_failed: 0, figures: {}, faults: {} }
  const startSeconds = process.cpuUsage()
  await runSeeds(from, seeds, Math.min(threads, seeds), (verdict) => {
    sums.seeds++
    sums.steps += verdict.steps
    add(sums.figures, verdict.figures)
    add(sums.faults, verdict.faults)
    if (verdict.fault === undefined) return
    sums.seeds_failed++
    tell(verdict)
  })
  const faults = sums.faults as Record<string, number>
  const missing = seeds < ALL_KINDS_SEEDS ? [] : Object.keys(KINDS).filter((kind) => faults[kind] === 0)
  for (const kind of missing) say(`never came: ${kind}`)
  const { user, system } = process.cpuUsage(startSeconds)
  say(JSON.stringify({ ...sums, cpu_seconds: Math.round((user + system) / 1e6) }))
  return sums.seeds_failed + missing.length
}

async function plant(): Promise<number> {
  const survived: string[] = []
  let found = 0
  await huntAll(threads, from, seeds, ({ bug, found: verdict, seeds: tried }) => {
    if (verdict === undefined) {
      survived.push(bug.name)
      return say(`NOT FOUND in ${tried} seeds: ${bug.name}`)
    }
    found++
    say(`${bug.name}\n  found by seed ${verdict.seed}: ${verdict.fault?.split('\n')[0]}`)
  })
  say(JSON.stringify({ bugs: found + survived.length, found, seeds_max: seeds, survived }))
  return survived.length
}

async function trace(): Promise<number> {
  const verdict = await runSeed(from, say)
  if (verdict.fault !== undefined) tell(verdict)
  say(JSON.stringify(verdict))
  return verdict.fault === undefined ? 0 : 1
}

if (values.help) process.stdout.write(HELP)
else {
  if (isBad()) throw new Error('--seeds, --from and --threads take whole numbers')
  const failures = await (values.trace ? trace() : values.bugs ? plant() : simulate())
  process.exitCode = failures === 0 ? 0 : 1
}
