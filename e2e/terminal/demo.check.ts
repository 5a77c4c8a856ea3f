/** `k2 demo pressure` as a person sees it: the level, what is kept and what is deferred, and how it ends. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { LEVEL_NAMES } from '@k2/contracts/degradation.ts'
import { inTerminal } from './tmux.ts'

const cwd = join(import.meta.dirname, '../..')
const SMALL = '--soft 300 --cooldown 500 --hold 1000'

test('a drill is drawn anew in its place, and its last picture and its sum stay', { timeout: 240_000 }, () =>
  inTerminal({ columns: 100, rows: 40, cwd }, async (pane) => {
    pane.type(`clear; node cli/main.ts demo pressure ${SMALL}; echo "code $?"`, 'Enter')
    const held = await pane.until(/^held at AGGRESSIVE /m, 120_000)
    assert.match(held, /^level +NORMAL +SOFT +GRACEFUL +AGGRESSIVE +CIRCUIT_BREAK$/m)
    assert.match(held, /^ +LOW and NORMAL are deferred$/m)
    assert.match(held, /^lag +[\d,]+ records +[▁▂▃▄▅▆▇█]+$/m)
    assert.match(held, /^ +begins at SOFT 300, GRACEFUL 750, AGGRESSIVE 1,500, CIRCUIT_BREAK 3,000$/m)
    await pane.until(/^CIRCUIT_BREAK +(\d|,)+ +(\d|,)+|^nothing more is sent: down, and filling in/m, 120_000)
    const end = await pane.until(/^code 0$/m, 120_000)
    assert.match(end, /^Each of [\d,]+ records is in the lake once, after all levels and back, in \d+ s\.$/m)
    const [, sent, deferred, inLake] = /^NORMAL +([\d,]+) +0 +(\d+) +([\d,]+)$/m.exec(end) ?? []
    assert.deepEqual([deferred, inLake], ['0', sent], 'the last picture is that of the end')
    const said = pane.seen(true)
    for (let level = 4; level > 0; level--)
      assert.match(said, new RegExp(`^${LEVEL_NAMES[level]} → ${LEVEL_NAMES[level - 1]}: `, 'm'))
    assert.equal(said.match(/^level /gm)?.length, 1, 'one view, however often it was drawn')
  }),
)
