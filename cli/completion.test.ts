import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { GROUPS } from './commands.ts'
import { completionOf, SHELLS } from './completion.ts'

const commands = GROUPS.flatMap((group) => group.commands())

// biome-ignore format: a table reads by its columns
const typed: readonly (readonly [words: string, offered: readonly string[]])[] = [
  ['k2 tra',                      ['trades']],
  ['k2 trades --sy',              ['--symbol']],
  ['k2 trades KTA --exclude',     ['--exclude-trade-conditions']],
  ['k2 ohlcv --timeframe',        ['--timeframe']],
  ['k2 ohlcv batch --timeframe',  ['--timeframes']],
  ['k2 stats --format n',         ['ndjson']],
  ['k2 stats --js',               ['--json']],
  ['k2 completion --sh',          ['--shell']],
]
for (const [words, offered] of typed) {
  test(`bash completes ${words}`, () => {
    const list = words.split(' ').map((word) => `'${word}'`)
    const ask = `COMP_WORDS=(${list.join(' ')}); COMP_CWORD=${list.length - 1}; _k2; printf '%s\\n' "\${COMPREPLY[@]}"`
    const told = execFileSync('bash', ['-c', `${completionOf('bash', commands)}\n${ask}`], { encoding: 'utf8' })
    assert.deepEqual(told.trim().split('\n'), offered)
  })
}

for (const shell of SHELLS) {
  test(`${shell} is told of every command and flag, in quotes that end`, () => {
    const script = completionOf(shell, commands)
    for (const { name, flags } of commands) {
      for (const word of name.split(' ')) assert.match(script, new RegExp(`\\b${word}\\b`))
      for (const flag of flags)
        assert.ok(script.includes(shell === 'fish' ? `-l ${flag.name} ` : `--${flag.name}`), flag.name)
    }
    const bare = script.replaceAll(/\\['\\]/g, '')
    for (const line of bare.split('\n')) {
      const [single, double] = ["'", '"'].map((quote) => line.split(quote).length - 1)
      assert.ok(single! % 2 === 0 && double! % 2 === 0, line)
    }
  })
}
