/** `npm start` as it comes: the generated session is asked for like anything else, and a second start goes on with it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realClock } from '@k2/service/clock.ts'
import { inFolder } from '../worlds/folder.ts'
import { serve } from '../worlds/serve.ts'

interface Answer {
  readonly data: readonly { readonly trade_id: string; readonly price: string }[]
  readonly meta: { readonly reasons: readonly string[] }
}

test('a generated session is recorded beside the sample, and goes on without a hole', { timeout: 120_000 }, () =>
  inFolder(async (folder) => {
    let last = 0
    for (const start of ['first', 'second']) {
      const { url, stop } = await serve(['--data', folder, '--plain'])
      let newest = last
      let code: number | null
      try {
        const ask = async (path: string) => (await (await fetch(`${url}${path}`)).json()) as Answer
        for (let tries = 0; newest < last + 10 && tries < 100; tries++) {
          await realClock.sleep(200)
          const { data, meta } = await ask('/v1/trades?symbol=BTCUSDT&limit=1')
          // Of trades that have only just come.
          assert.deepEqual(
            meta.reasons.filter((reason) => reason !== 'LEDGER_BEHIND'),
            [],
          )
          newest = Number(data[0]?.trade_id ?? 0)
        }
        assert.ok(newest >= last + 10, `${start} start: ${newest} after ${last}`)
        assert.deepEqual((await ask('/v1/gaps?symbol=BTCUSDT')).data, [])
      } finally {
        code = await stop()
      }
      assert.equal(code, 0)
      last = newest
    }
  }),
)
