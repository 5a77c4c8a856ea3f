/**
 * `npm run bench -- freshness [SECONDS [ROWS_PER_SECOND]]`: how long after the append of a trade the API answers with it,
 * while trades come at a steady rate, commits land and files are compacted. Time counts from before the append to the
 * whole of the first answer that covers its offset; the next one is asked at once after an answer that does not.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from './bench-child.ts'
import type { Appended, LiveSent } from './bench-live-serve.ts'

const APPENDS_PER_SECOND = 20
const PATH = '/v1/trades?symbol=S07&limit=10'

export async function freshnessBench(seconds = 30, rowsPerSecond = 2_000): Promise<object> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-bench-freshness-'))
  const child = await startChild<LiveSent>('./bench-live-serve.ts', [folder])
  const { url } = child.first as { url: string }
  const ages: number[] = []
  let asked = 0
  try {
    const rows = Math.max(1, Math.round(rowsPerSecond / APPENDS_PER_SECOND))
    const startMs = performance.now()
    for (let n = 0; performance.now() - startMs < seconds * 1_000; n++) {
      const fromMs = performance.now()
      const { to } = await child.ask<Appended>({ kind: 'append', rows })
      do asked++
      while (!(await covers(url, to)))
      ages.push(performance.now() - fromMs)
      await sleep(Math.max(0, startMs + ((n + 1) * 1_000) / APPENDS_PER_SECOND - performance.now()))
    }
  } finally {
    child.process.disconnect()
    await child.ended
    await rm(folder, { recursive: true })
  }
  const sorted = ages.toSorted((a, b) => a - b)
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)]! * 10) / 10
  const figures = { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1), p99_max_ms: 100 }
  return { bench: 'freshness', seconds, appends: ages.length, rows_per_append: rowsPerSecond / 20, asked, ...figures }
}

async function covers(url: string, to: Appended['to']): Promise<boolean> {
  const answer = await fetch(`${url}${PATH}`)
  const { meta } = (await answer.json()) as { meta: { offsets: Record<string, string> } }
  return Object.entries(to).every(([partition, offset]) => BigInt(meta.offsets[partition] ?? 0) >= BigInt(offset))
}
