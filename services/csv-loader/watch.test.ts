import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { manualClock } from '@k2/service/clock.ts'
import type { FileToLoad } from './compose.ts'
import { watchedFiles } from './watch.ts'

const NOTHING_SAID = { type: undefined, symbol: undefined, companies: undefined }

/** Watches folders below a new one; `told` takes a line for each file that is given. */
async function watching(
  names: readonly string[],
  told: (file: FileToLoad, atMs: number) => string,
  work: (world: { folder: string; given: string[]; to: (ms: number) => Promise<void> }) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'k2-watch-'))
  const folders = names.map((name) => join(folder, name))
  for (const each of folders) await mkdir(each, { recursive: true })
  const clock = manualClock(0)
  const stop = new AbortController()
  const given: string[] = []
  const ended = (async () => {
    for await (const files of watchedFiles(folders, NOTHING_SAID, clock, stop.signal))
      given.push(...files.map((file) => told(file, clock.nowMs())))
  })()
  // Looks happen at every 250 ms: one file operation of ours and one look, in turns.
  const to = async (ms: number) => {
    while (clock.nowMs() < ms) {
      while (clock.sleepers() === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      await clock.advance(250)
    }
    while (clock.sleepers() === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  try {
    await work({ folder, given, to })
  } finally {
    stop.abort()
    await clock.advance(250)
    await ended
    await rm(folder, { recursive: true })
  }
}

test('a file is given when it has stood still for a second, and again when it has changed', () =>
  watching(
    ['in'],
    ({ path }, atMs) => `${basename(path)} ${atMs}`,
    async ({ folder, given, to }) => {
      await to(250)
      await writeFile(join(folder, 'in', '1.csv'), 'a')
      await to(1_000)
      await writeFile(join(folder, 'in', '1.csv'), 'ab')
      await to(2_000)
      assert.deepEqual(given, [], 'it grew: its second began again')
      await to(4_000)
      assert.deepEqual(given, ['1.csv 2250'])
      await writeFile(join(folder, 'in', '1.csv'), 'abc')
      await to(6_000)
      assert.deepEqual(given, ['1.csv 2250', '1.csv 5250'])
    },
  ))

test('files that came before their list of companies are given again with their symbols', () =>
  watching(
    ['a', 'b/trades', 'b/reference-data'],
    ({ path, symbol, fault }) => `${basename(path)} ${fault === undefined ? symbol : 'unknown'}`,
    async ({ folder, given, to }) => {
      const list = 'company_id,symbol,company_name,ISIN,start_date,end_date\r\n1,ONE,ONE LTD,,05/07/2008,03/31/2015\r\n'
      await writeFile(join(folder, 'a', '1.csv'), 'a')
      await writeFile(join(folder, 'b', 'trades', '1.csv'), 'b')
      await to(3_000)
      assert.deepEqual(given.splice(0), ['1.csv unknown', '1.csv unknown'])
      await writeFile(join(folder, 'b', 'reference-data', 'company_info.csv'), list)
      await to(6_000)
      assert.deepEqual(given.splice(0), ['company_info.csv *', '1.csv unknown', '1.csv ONE'])
      await writeFile(join(folder, 'a', 'company_info.csv'), list)
      await to(9_000)
      assert.deepEqual(given, ['company_info.csv *', '1.csv ONE'], 'what has its symbol is not given again')
    },
  ))
