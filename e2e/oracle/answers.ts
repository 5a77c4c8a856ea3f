/** The judgement over answers that were given on the way: each a prefix of the log, exactly as its meta says. */
import assert from 'node:assert/strict'
import type { Answer } from '../worlds/poll.ts'
import type { Found } from './check.ts'
import { inOrder, type Seen } from './trade.ts'

export interface AnswerCounts {
  readonly answers: number
  /** Of them, those whose rows were partly in the lake and partly in the tail. */
  readonly mixed: number
}

export function checkAnswers(answers: readonly Answer[], found: Found): AnswerCounts {
  const bySymbol = Map.groupBy([...found.trades].sort(inOrder), ({ symbol }) => symbol)
  const reached = new Map<string, bigint>()
  let mixed = 0
  for (const answer of answers) {
    const trades = bySymbol.get(answer.symbol) ?? []
    checkPrefix(answer, trades)
    checkForward(answer, reached)
    if (isMixed(answer, trades, found)) mixed++
  }
  return { answers: answers.length, mixed }
}

function checkPrefix({ symbol, rows, meta }: Answer, trades: readonly Seen[]): void {
  assert.equal(meta.has_more, false)
  // The ledger of gaps comes behind records that have only just come; of these themselves nothing may be missing.
  const reasons = meta.reasons.filter((reason) => reason !== 'LEDGER_BEHIND')
  assert.deepEqual([meta.complete, reasons], [meta.reasons.length === 0, []], `${symbol}: nothing was missing`)
  assert.equal(meta.count, rows.length)
  const wanted = trades.filter(({ partition, offset }) => offset < BigInt(meta.offsets[partition] ?? 0))
  const wrong = wanted.findIndex(({ text }, i) => rows[i] !== text)
  const told = `${symbol}: ${rows.length} rows where the log has ${wanted.length} below ${JSON.stringify(meta.offsets)}`
  assert.equal(wrong, -1, `${told}; row ${wrong} is ${rows[wrong]} and not ${wanted[wrong]?.text}`)
  assert.equal(rows.length, wanted.length, `${told}; the first beyond: ${rows[wanted.length]}`)
}

/** Within one life no answer knows less of the log than the one that the same client had before. */
function checkForward({ life, symbol, meta }: Answer, reached: Map<string, bigint>): void {
  for (const [partition, text] of Object.entries(meta.offsets)) {
    const key = `${life} ${symbol} ${partition}`
    const before = reached.get(key) ?? 0n
    assert.ok(BigInt(text) >= before, `life ${life}, ${partition}: an answer up to ${text} after one up to ${before}`)
    reached.set(key, BigInt(text))
  }
}

function isMixed({ rows, meta }: Answer, trades: readonly Seen[], { landedAt }: Found): boolean {
  if (meta.snapshot === null || rows.length === 0) return false
  const landed = landedAt.get(meta.snapshot.id)
  assert.ok(landed, `snapshot ${meta.snapshot.id} is one of the table's`)
  const isLanded = ({ partition, offset }: Seen) => offset < (landed.get(partition) ?? 0n)
  const inLake = trades.filter(isLanded).length
  return inLake > 0 && inLake < rows.length
}
