import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Hole } from '@k2/lake/table.ts'
import { policyAt } from '@k2/shedding/policy.ts'
import { DEFAULT_TIERS, PRESETS } from '@k2/shedding/priority.ts'
import { holesAbout } from './deferred.ts'

const AGGRESSIVE = policyAt({ tiers: DEFAULT_TIERS, lines: PRESETS.standard }, 3)
const policies = new Map([
  [AGGRESSIVE.hash, AGGRESSIVE.text],
  ['0123456789abcdef', 'of a newer K2'],
])
const hole = (topic: string, reason: Hole['reason'] = 'deferred', policy?: string): Hole => ({
  ...{ topic, partition: 0, from: 1n, to: 9n, reason },
  ...(policy !== undefined && { policy }),
})
const ASX = hole('market.equities.trades.asx', 'deferred', AGGRESSIVE.hash)
const BINANCE = hole('market.crypto.trades.binance', 'deferred', AGGRESSIVE.hash)
const LETTER = hole('market.equities.trades.asx', 'rejected')
const UNREAD = hole('market.equities.trades.asx', 'deferred', '0123456789abcdef')

// biome-ignore format: a table reads by its columns
const rows: [name: string, hole: Hole, symbols: string[] | undefined, touches: boolean][] = [
  ['a symbol of tier 1 was kept',                     ASX,     ['BHP'],        false],
  ['one of tier 2 too',                               ASX,     ['QAN'],        false],
  ['one of no tier was passed over',                  ASX,     ['KTA'],        true],
  ['one of several was',                              ASX,     ['BHP', 'KTA'], true],
  ['tiers are those of the venue',                    BINANCE, ['BHP'],        true],
  ['and kept what is of tier 1 there',                BINANCE, ['BTCUSDT'],    false],
  ['whoever names no symbol asks about all of them',  ASX,     undefined,      true],
  ['what was rejected may be of any symbol',          LETTER,  ['BHP'],        true],
  ['a policy that cannot be read may be about any',   UNREAD,  ['BHP'],        true],
]
for (const [name, one, symbols, touches] of rows) {
  test(name, () => {
    assert.equal(holesAbout([one], policies, symbols === undefined ? {} : { symbols }).length, touches ? 1 : 0)
  })
}
