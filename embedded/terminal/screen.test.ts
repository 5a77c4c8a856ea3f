import assert from 'node:assert/strict'
import { test } from 'node:test'
import { screenOn } from './screen.ts'

/** As much of a terminal as a screen needs: what stands in its rows, and what has left it at the top. */
function terminal(columns: number, rows: number) {
  let cells: string[] = ['']
  let row = 0
  let at = 0
  const put = (letter: string) => {
    if (at === columns) newLine()
    const line = cells[row]!.padEnd(at)
    cells[row] = line.slice(0, at) + letter + line.slice(at + 1)
    at++
  }
  const newLine = () => {
    row++
    at = 0
    cells[row] ??= ''
  }
  return {
    size: () => ({ columns, rows }),
    narrow(to: number) {
      // As terminals do: lines that are too long are broken, and the cursor goes with its line.
      cells = cells.flatMap((line) => (line === '' ? [''] : (line.match(new RegExp(`.{1,${to}}`, 'g')) ?? [])))
      row = cells.length - 1
      columns = to
    },
    write(text: string) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what a terminal reads
      for (const [piece, count, command] of text.matchAll(/\x1b\[(\d*)([AJK])|[^\x1b]/gs)) {
        if (command === 'A') row = Math.max(0, cells.length - rows, row - Number(count))
        else if (command === 'K') cells[row] = cells[row]!.slice(0, at === columns ? at - 1 : at)
        else if (command === 'J') cells = [...cells.slice(0, row), cells[row]!.slice(0, at)]
        else if (piece === '\n') newLine()
        else if (piece === '\r') at = 0
        else put(piece)
      }
    },
    seen: () => cells.map((line) => line.trimEnd()),
  }
}

test('lines stand at the end and are written over; what is said goes above them', () => {
  const on = terminal(10, 6)
  const screen = screenOn(on)
  screen.show(['----------', 'a 1'])
  screen.say('log\n')
  screen.show(['----------', 'a 2', 'b'])
  screen.say('more\n')
  screen.show(['----------', 'a'])
  assert.deepEqual(on.seen(), ['log', 'more', '----------', 'a', ''])
  screen.show([])
  assert.deepEqual(on.seen(), ['log', 'more', ''])
})

test('what is said may be longer than a row, or fill it', () => {
  const on = terminal(10, 6)
  const screen = screenOn(on)
  screen.show(['view line', 'and more', 'and more'])
  screen.say('twelve cells\nten cells!\n')
  assert.deepEqual(on.seen(), ['twelve cel', 'ls', 'ten cells!', 'view line', 'and more', 'and more', ''])
})

test('a terminal that was made narrower has broken the lines that stand', () => {
  const on = terminal(10, 6)
  const screen = screenOn(on)
  screen.say('log\n')
  screen.show(['----------', 'a 1'])
  on.narrow(6)
  screen.show(['------', 'a 2'])
  assert.deepEqual(on.seen(), ['log', '------', 'a 2', ''])
})

test('a view that is higher than the terminal is cut', () => {
  const on = terminal(10, 3)
  const screen = screenOn(on)
  screen.say('log\n')
  for (const turn of ['1', '2', '3']) screen.show([`a ${turn}`, 'b', 'c', 'd'])
  assert.deepEqual(on.seen(), ['log', 'a 3', 'b', ''])
})
