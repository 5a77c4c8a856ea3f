/** Drills on a platform of their own, in this process: they ask no running K2 and read none of its settings. */

import type { Flag } from '../arguments.ts'
import type { Command, Group } from '../command.ts'
import { type Row, writeRows } from '../rows.ts'

const SOFT: Flag = {
  name: 'soft',
  kind: 'count',
  doc: 'Records of lag at which SOFT begins; the others at 2.5, 5 and 10 times as many. 2,000 by default.',
}
const COOLDOWN: Flag = {
  name: 'cooldown',
  kind: 'count',
  doc: 'Milliseconds that it must be calm before each step down. 4,000 by default.',
}
const HOLD: Flag = {
  name: 'hold',
  kind: 'count',
  doc: 'Milliseconds at each level before the next. 3,000 by default.',
}

const pressure: Command = {
  name: 'demo pressure',
  doc: 'Drives a platform of its own into each level of degradation and back, shows lag, level, what is kept and what is deferred, and checks that the lake has each record once: 1 where it has not. Standard output has what became of each priority.',
  flags: [SOFT, COOLDOWN, HOLD],
  positionals: [],
  examples: ['k2 demo pressure', 'k2 demo pressure --soft 500 --cooldown 1000 --json'],
  async run(given, shell) {
    const { toldDrill } = await import('@k2/embedded/demo/main.ts')
    const count = (name: string, otherwise: number) => (given[name] as number | undefined) ?? otherwise
    const settings = {
      softRecords: count('soft', 2_000),
      cooldownMs: count('cooldown', 4_000),
      holdMs: count('hold', 3_000),
    }
    const { counts, faults, elapsedMs } = await toldDrill(settings, process.stdout.isTTY !== true, shell.signal)
    const rows = counts.map(({ priority, sent, inLake, deferred, deferredMost }): Row => {
      return { priority, sent, in_lake: inLake, deferred, deferred_most: deferredMost }
    })
    await writeRows(shell, rows)
    const sent = counts.reduce((sum, one) => sum + one.sent, 0)
    for (const fault of faults) shell.tell(fault)
    if (faults.length > 0) return 1
    const took = Math.round(elapsedMs / 1_000)
    shell.tell(
      `Each of ${sent.toLocaleString('en')} records is in the lake once, after all levels and back, in ${took} s.`,
    )
    return 0
  },
}

export const demo: Group = { name: 'Drills', commands: () => [pressure] }
