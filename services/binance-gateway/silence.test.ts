import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Subject, Subjects, subjectOf } from './core/subject.ts'
import { Silence, type SilenceParts } from './silence.ts'

const BTC: Subject = subjectOf('BINANCE', 'trade', { symbol: 'BTCUSDT', currency: 'USDT' }, 0)
const STALE_MS = 30_000

/** Seconds are ticked through; `heard` says what comes in each, `isTraded` what the venue says when it is asked. */
function hearing(
  seconds: number,
  heard: (second: number) => string,
  isTraded: (second: number) => boolean | undefined,
) {
  const [tradeMicros, quoteMicros, freshMicros, repeatMicros] = [0, 0, 0, 0].map(() => new Float64Array(1)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const [asked, anew, latest]: [number[], number[], number[]] = [[], [], []]
  let second = 0
  const parts = {
    subjects: new Subjects([BTC]),
    streams: [{ isSetBack: false }],
    trades: { isFull: false },
    silent: new Set<Subject>(),
    lineOf: () => ({ isUp: true, openedMs: 0, silent: () => void anew.push(second) }),
    latest: { ask: () => void latest.push(second) },
    refill: {
      ask(_: Subject, tell: (isSilent: boolean | undefined) => void) {
        asked.push(second)
        tell(isTraded(second))
      },
    },
    intake: {
      ...{ tradeMicros, quoteMicros, freshMicros, repeatMicros },
      heardMicros: () => Math.max(tradeMicros[0]!, quoteMicros[0]!),
    },
  }
  const silence = new Silence(parts as unknown as SilenceParts, { warn() {} } as never, STALE_MS)
  for (second = 1; second <= seconds; second++) {
    const what = heard(second)
    if (/trade|repeat/.test(what)) tradeMicros[0] = second * 1e6
    if (what.includes('quote')) quoteMicros[0] = second * 1e6
    if (what.includes('trade')) freshMicros[0] = second * 1e6
    if (what.includes('repeat')) repeatMicros[0] = second * 1e6
    silence.look(second * 1_000)
  }
  return { asked, anew, latest, live: silence.live().length }
}

test('a trade stream that died beside living quotes is noticed within the limit', () => {
  const { asked, anew, live } = hearing(
    60,
    (second) => (second <= 10 ? 'trade quote' : 'quote'),
    () => true,
  )
  assert.deepEqual([asked[0], anew[0], live], [40, 40, 0])
})

test('a thin market with living quotes is asked about less and less often, whatever trades come between', () => {
  const { asked, anew, live } = hearing(
    3_600,
    (second) => (second % 40 === 0 ? 'trade quote' : 'quote'),
    () => false,
  )
  assert.ok(asked.length >= 5 && asked.length <= 12, String(asked))
  assert.deepEqual([anew, live], [[], 1])
})

test('a quote stream that died beside living trades is made anew unasked, and seldom', () => {
  const { asked, anew } = hearing(
    300,
    (second) => (second <= 10 ? 'trade quote' : 'trade'),
    () => true,
  )
  assert.deepEqual(asked, [])
  assert.deepEqual(anew.slice(0, 2), [40, 70])
  assert.ok(anew.length <= 5, String(anew))
})

test('a symbol of which nothing comes is asked about; one whose venue is quiet too stays live', () => {
  const { asked, anew, live } = hearing(
    100,
    (second) => (second <= 10 ? 'trade quote' : ''),
    () => false,
  )
  assert.deepEqual([asked, anew, live], [[40, 70], [], 1])
})

test('repeats alone make the venue’s latest asked for, once a minute at first', () => {
  const heard = (second: number) => (second <= 10 ? 'trade quote' : 'repeat quote')
  assert.deepEqual(hearing(45, heard, () => true).latest, [40])
})

for (const [what, comes, anew] of [
  ['is made anew where nothing comes', '', [40, 70]],
  ['is kept where quotes come', 'quote', []],
] as const) {
  test(`where nobody can say whether a symbol is traded, its connection ${what}`, () => {
    const heard = (second: number) => (second <= 10 ? 'trade quote' : comes)
    assert.deepEqual(hearing(100, heard, () => undefined).anew, anew)
  })
}
