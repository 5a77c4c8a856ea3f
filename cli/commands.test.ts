/** The tables of commands are held against the protos that they are made from. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readArguments } from './arguments.ts'
import { GROUPS } from './commands.ts'
import { COMMON_FLAGS } from './flags.ts'
import { helpOf, helpOfAll } from './help.ts'

const commands = GROUPS.flatMap((group) => group.commands())

test('no two commands have one name, and the help lists them all', () => {
  const names = commands.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
  for (const name of names) assert.match(helpOfAll(GROUPS), new RegExp(`^  k2 ${name}\\b`, 'm'))
})

for (const command of commands) {
  const flags = [...command.flags, ...COMMON_FLAGS]
  test(`${command.name} says what it does and what each flag is for, in lines that fit`, () => {
    assert.notEqual(command.doc, '')
    assert.deepEqual(
      flags.filter(({ doc }) => doc === '').map(({ name }) => name),
      [],
    )
    const spellings = flags.flatMap(({ name, aliases = [] }) => [name, ...aliases])
    assert.equal(new Set(spellings).size, spellings.length)
    const help = helpOf(command)
    for (const { name } of flags) assert.match(help, new RegExp(`^  --${name}\\b`, 'm'))
    assert.deepEqual(
      help.split('\n').filter((line) => line.length > 120),
      [],
    )
  })

  test(`${command.name}: each example is understood`, () => {
    assert.ok(command.examples.length > 0)
    for (const example of command.examples) {
      const [, words] = /\bk2 ([^>)]*)/.exec(example)!
      const name = command.name.split(' ')
      const args = words!.trim().split(' ')
      assert.deepEqual(args.slice(0, name.length), name)
      readArguments(args.slice(name.length), flags, command.positionals)
    }
  })
}
