/**
 * The judgement over an answer that was given while everything moved: its rows are what the log says below the offsets of
 * its proof, and the proof is true.
 */
import assert from 'node:assert/strict'
import type { Drawn } from '../worlds/drawn.ts'
import type { Proof, Walked } from '../worlds/walk.ts'
import { KINDS, kindOf, type Ledger, type Offsets, venueOf } from './ledger.ts'
import type { Records } from './listed.ts'

/** The offsets of each snapshot that was seen, by its id. */
export type Landed = ReadonlyMap<string, Offsets>

/** What was known when a question was asked, and since. */
export interface Known {
  readonly ledger: Ledger
  readonly landed: Landed
  /** What earlier answers covered. */
  readonly reached: Offsets
}

/** Answers how many rows it had. */
export async function checkExact(drawn: Drawn, { door, pages }: Walked, known: Known): Promise<number> {
  const { ledger } = known
  const told = `${door} ${drawn.path} ${JSON.stringify(drawn.asked)}`
  const [first] = pages
  if (first === undefined) return 0
  const { proof } = first
  await ledger.upTo(proof.offsets)
  const rows = drawn.wanted(recordsIn(ledger, proof))
  let at = 0
  for (const page of pages) {
    const { offsets, complete, reasons } = page.proof
    assert.deepEqual({ ...offsets }, { ...proof.offsets }, `${told}: each page covers what the first one did`)
    assert.deepEqual([complete, reasons], [proof.complete, proof.reasons], told)
    page.check(rows.slice(at, at + page.count), `${told}, from row ${at} on`)
    at += page.count
    assert.equal(page.hasMore, at < rows.length, told)
    assert.equal(page.cursor !== null, page.hasMore, told)
  }
  assert.equal(at, rows.length, told)
  checkProof(drawn, proof, known, told)
  return rows.length
}

/** A day without trades is refused: one that had some by an earlier answer has some now. */
export function checkRefused(drawn: Drawn, refusal: string, { ledger, reached }: Known): void {
  const { as_of: asOf, source = 'hybrid' } = drawn.asked
  const told = `${refusal}: ${drawn.path} ${JSON.stringify(drawn.asked)}`
  if (asOf !== undefined) return
  assert.ok(drawn.isSingle, told)
  if (source === 'hybrid') assert.deepEqual(drawn.wanted(recordsIn(ledger, { offsets: reached })), [], told)
}

function recordsIn(ledger: Ledger, { offsets, from }: Pick<Proof, 'offsets' | 'from'>): Records {
  return Object.fromEntries(KINDS.map((kind) => [kind, ledger.records(kind, offsets, from)])) as unknown as Records
}

function checkProof(drawn: Drawn, proof: Proof, { ledger, landed, reached }: Known, told: string): void {
  const { offsets, from, snapshotId } = proof
  const isAsked = (partition: string) =>
    drawn.tables.includes(kindOf(partition)) && (drawn.exchanges?.includes(venueOf(partition)) ?? true)
  assert.ok(Object.keys(offsets).every(isAsked), `${told}: ${JSON.stringify(offsets)}`)
  const rejected = ledger.rejected(offsets, from)
  const holes = proof.holes.flatMap(({ topic, partition, from, to }) =>
    Array.from(
      { length: Number(BigInt(to) - BigInt(from)) },
      (_, i) => `${topic}/${partition}/${BigInt(from) + BigInt(i)}`,
    ),
  )
  assert.deepEqual(holes.sort(), rejected.sort(), `${told}: what is rejected`)
  const isWhole = rejected.length === 0
  assert.deepEqual([proof.complete, [...proof.reasons]], [isWhole, isWhole ? [] : ['REJECTED_RECORDS']], told)
  assert.equal(from !== undefined, drawn.asked.source === 'tail', told)
  const { asked } = drawn
  const isLake = asked.source === 'lake' || asked.as_of !== undefined
  for (const [partition, offset] of Object.entries(reached).filter(([partition]) => !isLake && isAsked(partition)))
    assert.ok(BigInt(offsets[partition] ?? 0) >= BigInt(offset), `${told}: ${partition} was known up to ${offset}`)
  const snapshot = snapshotId === null ? undefined : landed.get(snapshotId)
  if (snapshot === undefined) return
  for (const [partition, offset] of Object.entries(snapshot).filter(([partition]) => isAsked(partition))) {
    const covered = BigInt(offsets[partition] ?? 0)
    assert.ok(isLake ? covered === BigInt(offset) : covered >= BigInt(offset), `${told}: ${partition} of ${snapshotId}`)
  }
  if (/^\d+$/.test(String(asked.as_of))) assert.equal(snapshotId, asked.as_of, told)
}
