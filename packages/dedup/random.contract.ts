/**
 * Random logs, landed by processes that start anew, forget, share a store that loses everything, and go back: each lands
 * what the definition says, which is worked out here from the whole log at once.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { K2Error } from '@k2/contracts/codes.ts'
import { memoryStore } from '@k2/shared-store/memory.ts'
import type { SharedStore } from '@k2/shared-store/store.ts'
import { type Entry, MINUTE, World } from './world.fixture.ts'

const SEED = Date.now() % 1_000_000
const TICKS = 60

/** @param make each time another store, with nothing in it */
export function randomContract(name: string, runs: number, make: () => SharedStore): void {
  test(`${name}: loads, restarts and forgetting change nothing (seed ${SEED})`, async () => {
    for (let seed = SEED; seed < SEED + runs; seed++) {
      const random = randomOf(seed)
      const entries = drawn(random)
      const wanted = firstsOf(entries, 60 * MINUTE)
      for (const kind of ['memory', 'store', 'store that forgets'] as const) {
        assert.deepEqual(await landed(entries, kind, random, make), wanted, `seed ${seed}, ${kind}`)
      }
    }
  })
}

export function awayContract(): void {
  test('a store that is away loses no record', async () => {
    const random = randomOf(SEED)
    const entries = drawn(random)
    const gone = new Proxy(memoryStore(), {
      get: () => async () => {
        throw new K2Error('STORE_UNAVAILABLE', 'it is away')
      },
    })
    const world = new World(entries)
    const dedup = world.dedup({ memoryBytesMax: 0 }, gone)
    const rows: number[] = []
    for (let from = 0; from < entries.length; from += 20)
      rows.push(...(await world.commit(dedup, from, Math.min(entries.length, from + 20))))
    const wanted = firstsOf(entries, 60 * MINUTE)
    assert.deepEqual(
      wanted.filter((offset) => !rows.includes(offset)),
      [],
    )
    assert.ok(world.events.includes('store away'))
  })
}

function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function drawn(random: () => number): Entry[] {
  let minute = 100
  return Array.from({ length: 150 }, () => {
    minute += random() * 2 - 0.3
    if (random() < 0.03) minute += 50
    const name = String(Math.floor(random() * 40))
    const off = random() < 0.02 ? (random() - 0.5) * 300 : 0
    return { name, minute: minute + off, ...(random() < 0.15 && { bad: 'cut short' as const }) }
  })
}

/** Straight from the words of window.ts and dedup.ts. */
function firstsOf(entries: readonly Entry[], windowMs: number): number[] {
  const tick = ({ minute }: Entry) => Math.floor((minute * MINUTE) / (windowMs / TICKS))
  return entries.flatMap((entry, offset) => {
    if (entry.bad !== undefined) return []
    let youngest = tick(entry)
    for (let earlier = offset - 1; earlier >= 0; earlier--) {
      const one = entries[earlier]!
      if (tick(one) < youngest - TICKS) break
      youngest = Math.max(youngest, tick(one))
      if (one.bad === undefined && one.name === entry.name) return []
    }
    return [offset]
  })
}

async function landed(
  entries: readonly Entry[],
  kind: string,
  random: () => number,
  make: () => SharedStore,
): Promise<number[]> {
  const world = new World(entries)
  let store: SharedStore | undefined = kind === 'memory' ? undefined : make()
  const made = () =>
    world.dedup(
      { memoryBytesMax: store === undefined ? 2 ** 30 : 0, mix: (words) => words[3]! & 15, sameMax: 1_000 },
      store,
    )
  let dedup = made()
  const rows: number[] = []
  for (let from = 0; from < entries.length; ) {
    const to = Math.min(entries.length, from + 1 + Math.floor(random() * 25))
    if (random() < 0.1) {
      if (kind === 'store that forgets') store = make()
      dedup = made()
    }
    // Judged, and not taken: again, in part.
    if (random() < 0.2) {
      await world.land(dedup, from, to)
      dedup.begin()
    }
    rows.push(...(await world.commit(dedup, from, to)))
    from = to
  }
  return rows
}
