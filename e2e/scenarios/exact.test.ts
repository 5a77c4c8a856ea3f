/**
 * Questions of every kind at both doors while records come, land, are compacted, expire and are removed: each answer is, to
 * the byte, what the log says below the offsets that it names.
 *
 *   K2_EXACT_QUESTIONS=n  of each kind; K2_EXACT_SEED=n draws the same questions (what they meet is up to the clock)
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { seeded } from '@k2/embedded/sample.ts'
import type { Table } from '@k2/lake/table.ts'
import { checkExact, checkRefused } from '../oracle/exact.ts'
import { type Kind, Ledger, type Offsets } from '../oracle/ledger.ts'
import type { Asking, AskingOptions } from '../worlds/asking.ts'
import { drawn, NAMES } from '../worlds/drawn.ts'
import type { Snapshots } from '../worlds/drawn-parts.ts'
import { moving } from '../worlds/moving.ts'
import { DOORS, walked } from '../worlds/walk.ts'

const SEED = Number(process.env.K2_EXACT_SEED ?? Date.now() % 1_000_000)
const QUESTIONS = Number(process.env.K2_EXACT_QUESTIONS ?? 5)
const LONG_MS = 60_000 + QUESTIONS * 20_000

interface Counted {
  questions: number
  rows: number
  pages: number
  refused: number
}

class Snapshotted {
  readonly landed = new Map<string, Offsets>()
  snapshots: Snapshots = { trades: [], quotes: [], reference: [] }

  async look(tables: readonly Table[]): Promise<void> {
    const all = await Promise.all(
      tables.map(async (table) => {
        const snapshots = await table.snapshots()
        for (const { id, summary } of snapshots) this.landed.set(String(id), offsetsIn(summary['k2.offsets']))
        const kind = table.spec.name.split('_')[0] as Kind
        return [kind, snapshots.map(({ id, committedAtMs }) => ({ id: String(id), committedAtMs }))] as const
      }),
    )
    this.snapshots = Object.fromEntries(all) as unknown as Snapshots
  }
}

const offsetsIn = (text = '{}'): Offsets =>
  Object.fromEntries(
    Object.entries(JSON.parse(text) as Record<string, Record<string, number>>).flatMap(([topic, partitions]) =>
      Object.entries(partitions).map(([partition, offset]) => [`${topic}/${partition}`, String(offset)]),
    ),
  )

/** So many questions of each kind, alternately at each door, two at a time. */
async function asked(world: Asking, seed: number, each: number): Promise<Map<string, Counted>> {
  const counts = new Map(NAMES.map((name) => [name, { questions: 0, rows: 0, pages: 0, refused: 0 }]))
  const ledger = new Ledger(world.log)
  const seen = new Snapshotted()
  async function client(offset: number): Promise<void> {
    const random = seeded(seed + offset)
    for (let i = 0; i < each; i++) {
      for (const [number, name] of NAMES.entries()) {
        if (number % 2 !== offset) continue
        await seen.look(world.tables)
        const question = drawn(name, random, seen.snapshots)
        const reached = ledger.reached()
        const answer = await walked(world, question, DOORS[i % DOORS.length]!, random)
        await seen.look(world.tables)
        const count = counts.get(name)!
        const known = { ledger, reached, landed: seen.landed }
        if (answer.refusal === undefined) {
          count.rows += await checkExact(question, answer, known)
          count.questions++
        } else {
          checkRefused(question, answer.refusal, known)
          count.refused++
        }
        count.pages += answer.pages.length
      }
    }
  }
  await Promise.all([client(0), client(1)])
  return counts
}

test(`answers are exact while everything moves, seed ${SEED}`, { timeout: LONG_MS }, async (t) => {
  const moved = await moving(seeded(SEED + 7), async (world, moved) => {
    tell(t, await asked(world, SEED, QUESTIONS))
    // Until each of what moves has moved.
    for (let turn = 1; Object.values(moved).includes(0); turn++) await asked(world, SEED + 1_000 * turn, 1)
  })
  t.diagnostic(JSON.stringify(moved))
})

function tell(t: TestContext, counts: ReadonlyMap<string, Counted>): void {
  for (const [name, count] of counts) t.diagnostic(`  ${name.padEnd(14)} ${JSON.stringify(count)}`)
  for (const [name, { questions, rows }] of counts) {
    assert.ok(questions > 0, `${name} was asked and answered`)
    // Of a few all may be about nobody.
    assert.ok(rows > 0 || QUESTIONS < 10, `${name} had rows`)
  }
}

/** A table of which the query-service is told less, or more, than there is. */
const bent = (table: Table, how: Partial<Table>): Table => ({ ...table, ...how })

// biome-ignore format: a table reads by its columns
const FAULTS: readonly [name: string, asSeen: AskingOptions['asSeen']][] = [
  ['a data file that is not read', (table) => bent(table, {
    async plan(filter, id) {
      const plan = await table.plan(filter, id)
      return { ...plan, files: plan.files.slice(1) }
    } })],
  ['a bound that lies one record too far', (table) => bent(table, {
    async head() {
      const head = await table.head()
      const offsets = new Map([...head.progress.offsets].map(([partition, offset]) => [partition, offset + 1n]))
      return { ...head, progress: { ...head.progress, offsets } }
    } })],
]
for (const [name, asSeen] of FAULTS) {
  test(`${name} is found`, { timeout: LONG_MS }, () =>
    assert.rejects(
      moving(seeded(SEED), async (world) => void (await asked(world, SEED, 4)), { asSeen: asSeen! }),
      // An answer that says it is of records that the log does not hold cannot even be replayed.
      (error: Error) => error instanceof assert.AssertionError || /lies outside the log/.test(error.message),
    ),
  )
}
