import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadView, progressLine } from './view.ts'

const at = (path: string, line: number, linesAll: number) => ({
  path,
  line,
  linesAll,
  read: line,
  sent: line - 1,
  skipped: 0,
  rejected: 1,
})

// biome-ignore format: a table reads by its columns
const lines: [line: number, ms: number, text: RegExp][] = [
  [  50_000,  1_000, /^7078\.csv {2}25% {2}50,000 rows {2}50,000 rows\/s {2}3 s left {2}49,999 sent, 0 skipped, 1 rejected$/],
  [ 200_000,  4_000, /100% .* 4 s taken/],
  [     100,  1_000, /0% .* 34 min left/],
  [     100,      0, /^7078\.csv {2}0% {2}100 rows {2}99 sent/],
]
for (const [line, ms, text] of lines) {
  test(`${line} of 200000 after ${ms} ms`, () => assert.match(progressLine(at('x/7078.csv', line, 200_000), ms), text))
}

function screen(isTerminal: boolean) {
  const written: string[] = []
  let now = 0
  const view = loadView({ isTerminal, write: (text) => void written.push(text), nowMs: () => now })
  return { written, view, wait: (ms: number) => (now += ms) }
}

test('on a terminal one line a file is written over, and logs go above it', () => {
  const { written, view, wait } = screen(true)
  view.advanced(at('a.csv', 1, 2))
  wait(10)
  view.log.write('log\n')
  view.advanced(at('a.csv', 2, 2))
  view.advanced(at('b.csv', 1, 2))
  view.end()
  const shown = written
    .join('')
    .replaceAll('\r\x1b[2K', '<')
    .replaceAll(/ {2}.*?rejected/g, '')
  assert.equal(shown, '<a.csv<log\na.csv<a.csv\n<b.csv\n')
})

test('elsewhere a plain line every five seconds', () => {
  const { written, view, wait } = screen(false)
  for (let line = 1; line <= 11; line++) {
    view.advanced(at('a.csv', line, 20))
    wait(1_000)
  }
  assert.deepEqual(
    written.map((line) => line.split('  ')[1]),
    ['30%', '55%'],
  )
})
