/** Pages taken while records arrive and commits land: together exactly one answer, without gap or repeat. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { seeded } from '@k2/embedded/sample.ts'
import { asking } from '../worlds/asking.ts'
import { inFolder } from '../worlds/folder.ts'
import { compare, coveredBy, feed, nothingPlaced, type Placed } from '../worlds/placed.ts'

const WALKS = 24
const SEED = Number(process.env.K2_SEED ?? 7)

interface Walk {
  readonly kind: 'trades' | 'quotes'
  readonly query: Readonly<Record<string, string>>
  readonly ids: readonly string[]
  readonly offsets: Readonly<Record<string, string>>
  readonly snapshots: ReadonlySet<string | undefined>
}

test(`pages under way make one answer, seed ${SEED}`, { timeout: 120_000 }, (t) =>
  inFolder((data) =>
    asking(data, { rows: 60, ageMs: 60 }, async (world) => {
      const random = seeded(SEED)
      const placed = nothingPlaced()
      const over = new AbortController()
      const feeding = feed(world, placed, seeded(SEED + 1), over.signal)
      await sleep(700)
      const walks: Walk[] = []
      try {
        for (let i = 0; i < WALKS; i++) walks.push(await walk(world.url, random, i))
      } finally {
        over.abort()
        await feeding
      }
      for (const one of walks) checkWalk(one, placed[one.kind])
      const crossed = walks.filter(({ snapshots }) => snapshots.size > 1).length
      const records = placed.trades.length + placed.quotes.length
      t.diagnostic(`${walks.length} answers in pages, ${crossed} of them across commits, over ${records} records`)
      assert.ok(crossed > WALKS / 3, 'commits landed between pages')
    }),
  ),
)

async function walk(url: string, random: () => number, number: number): Promise<Walk> {
  const kind = number % 3 === 2 ? 'quotes' : 'trades'
  const oneOf = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  const query = {
    order: oneOf(['asc', 'desc']),
    source: oneOf(['hybrid', 'hybrid', 'lake', 'tail']),
    ...(random() < 0.4 && { symbol: oneOf(['KTA', 'KTB,KNF', 'NONE']) }),
    ...(random() < 0.3 && { start_time: '2014-03-10T00:01:00Z', end_time: '2014-03-10T00:05:00Z' }),
    ...(kind === 'trades' && random() < 0.3 && { exclude_trade_conditions: 'XT' }),
  }
  const ids: string[] = []
  const snapshots = new Set<string | undefined>()
  let offsets: Walk['offsets'] | undefined
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = { limit: String(10 + Math.floor(random() * 120)), fields: oneOf(['message_id', 'side,message_id']) }
    if (kind === 'quotes') page.fields = 'message_id'
    const asked = new URLSearchParams({ ...query, ...page, ...(cursor !== '' && { cursor }) })
    const response = await fetch(`${url}/v1/${kind}?${asked}`)
    const text = await response.text()
    assert.equal(response.status, 200, `${asked}: ${text}`)
    const { data, meta } = JSON.parse(text)
    assert.deepEqual([meta.complete, meta.has_more], [true, meta.next_cursor !== null])
    offsets ??= meta.offsets
    assert.deepEqual(meta.offsets, offsets, 'each page covers what the first one did')
    ids.push(...data.map((row: { message_id: string }) => row.message_id))
    snapshots.add(meta.snapshot?.id)
    cursor = meta.next_cursor
    await sleep(random() * 60)
  }
  return { kind, query, ids, offsets: offsets!, snapshots }
}

function checkWalk({ kind, query, ids, offsets }: Walk, placed: readonly Placed[]): void {
  const { order, source, symbol, start_time: start, end_time: end, exclude_trade_conditions: excluded } = query
  const from = start === undefined ? 0 : Date.parse(start) * 1000
  const to = end === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(end) * 1000
  const given = new Set(ids)
  const wanted = coveredBy(placed, offsets)
    .filter(({ key: [micros] }) => micros >= from && micros < to)
    .filter((one) => symbol === undefined || symbol.split(',').includes(one.symbol))
    .filter(({ conditions }) => excluded === undefined || !conditions.includes(excluded))
    .sort((a, b) => compare(a.key, b.key) * (order === 'asc' ? 1 : -1))
  const told = `${kind} ${JSON.stringify(query)}`
  if (source !== 'tail') {
    assert.deepEqual(
      ids,
      wanted.map(({ id }) => id),
      told,
    )
    return
  }
  // Where the tail began is not told: of each partition, what is given is the end of what was asked for.
  for (const of of Map.groupBy(wanted, ({ key }) => key[3]).values()) {
    const byOffset = of.sort((a, b) => (a.key[4] < b.key[4] ? -1 : 1)).map(({ id }) => given.has(id))
    assert.equal(byOffset.indexOf(true) < 0 || !byOffset.slice(byOffset.indexOf(true)).includes(false), true, told)
  }
  assert.equal(given.size, ids.length, told)
  assert.deepEqual(
    ids,
    wanted
      .sort((a, b) => compare(a.key, b.key) * (order === 'asc' ? 1 : -1))
      .filter(({ id }) => given.has(id))
      .map(({ id }) => id),
    told,
  )
}
