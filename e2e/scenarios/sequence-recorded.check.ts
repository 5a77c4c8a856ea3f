/** Recordings of Binance, of which K2_SAMPLES names the folder: as they are, and with faults at known ids. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { asTheyAre, withInjections } from '../worlds/injected.ts'
import { ofRealFiles } from '../worlds/samples.ts'
import type { Numbered } from '../worlds/tracking.ts'

const RECORDINGS = ['btcusdt_20240808', 'btcusdt_20240809', 'ethusdt_20240808']
const TRX = (sign: string) => `test_${sign}_binance_trade_stream_spot_trxusdt_04-03-2025.csv`

interface Message {
  readonly stream?: string
  readonly data: { readonly s: string; readonly t: number; readonly T: number }
}

/** A line is the recorder's time and a message. */
function tradesOf(folder: string, name: string): Numbered[] {
  const text = gunzipSync(readFileSync(join(folder, 'binance/spot-combined', `${name}.gz`))).toString()
  return text.split('\n').flatMap((line) => {
    if (line === '') return []
    const { stream, data } = JSON.parse(line.slice(line.indexOf(' ') + 1)) as Message
    if (!stream?.endsWith('@trade')) return []
    return [{ symbol: data.s, exchange: 'BINANCE', timestampMicros: data.T * 1000, sourceSequence: BigInt(data.t) }]
  })
}

function trxOf(folder: string, sign: string): Numbered[] {
  const [, ...lines] = readFileSync(join(folder, 'binance/trx-micros', TRX(sign)), 'utf8')
    .trim()
    .split(/\r?\n/)
  return lines.map((line) => {
    const [, , , , time, symbol = '', id = ''] = line.split(',')
    return { symbol, exchange: 'BINANCE', timestampMicros: Number(time), sourceSequence: BigInt(id) }
  })
}

for (const folder of ofRealFiles((one) => [one])) {
  for (const name of RECORDINGS)
    test(`${name}: a hole, a repeat and a late trade are found, and nothing else`, (t) => {
      const trades = tradesOf(folder, name)
      t.diagnostic(`${trades.length} trades`)
      return withInjections(trades)
    })

  test('two days behind one another have no gap', async () => {
    const trades = [...tradesOf(folder, RECORDINGS[0]!), ...tradesOf(folder, RECORDINGS[1]!)]
    assert.deepEqual(await asTheyAre(trades), { gaps: [], events: [] })
  })

  test('the broken twin is found out, and the other has nothing', async (t) => {
    const [whole, broken] = [trxOf(folder, 'positive'), trxOf(folder, 'negative')]
    assert.deepEqual(await asTheyAre(whole), { gaps: [], events: [] })
    const at = whole.findIndex(({ sourceSequence }, i) => sourceSequence !== broken[i]!.sourceSequence)
    const [missing, repeated] = [whole[at]!.sourceSequence, broken[at]!.sourceSequence]
    t.diagnostic(`id ${repeated} in the place of ${missing}`)
    const found = { gaps: [`${missing}-${missing} OPEN`], events: [`DUPLICATE ${repeated}-${repeated}`] }
    assert.deepEqual(await asTheyAre(broken), found)
  })
}
