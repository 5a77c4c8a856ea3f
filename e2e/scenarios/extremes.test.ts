/** Values at the edge of what may be stored are answered exactly. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { serve } from '../worlds/serve.ts'

const LARGEST = '9999999999.99999999'
const ROWS = 300

test('the largest prices and quantities make exact bars, in every year that a file may hold', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'k2-extremes-'))
  try {
    const many = Array.from({ length: ROWS }, (_, i) => `03/10/2014,10:00:0${i % 10}.000,${LARGEST},${LARGEST},0,,\r\n`)
    const years = ['07/01/1970', '07/01/2099'].map((date) => `${date},23:30:00.000,1,1,0,,\r\n`)
    const file = join(folder, 'edge.csv')
    await writeFile(file, [years[0], ...many, years[1]].join(''))
    const server = await serve(['--csv', file, '--symbol', 'EDGE', '--data', join(folder, 'data')])
    const answer = await fetch(`${server.url}/v1/ohlcv/1d?symbol=EDGE`)
    const { data } = (await answer.json()) as { data: Record<string, string>[] }
    assert.equal(answer.status, 200)
    const starts = ['1970-06-30T14:00:00.000000Z', '2014-03-09T13:00:00.000000Z', '2099-06-30T14:00:00.000000Z']
    assert.deepEqual(
      data.map((bar) => bar.timestamp),
      starts,
    )
    const { volume, vwap, trade_count } = data[1]!
    assert.deepEqual([volume, vwap, trade_count], ['2999999999999.999997', LARGEST, String(ROWS)])
    assert.equal(await server.stop(), 0)
  } finally {
    await rm(folder, { recursive: true })
  }
})
