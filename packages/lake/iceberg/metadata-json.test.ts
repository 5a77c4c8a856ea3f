import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TRADES } from '@k2/contracts/tables.ts'
import { newTable } from './create.ts'
import type { SnapshotJson, TableMetadata } from './metadata.ts'
import { metadataText, parseMetadata } from './metadata-json.ts'

const snapshot: SnapshotJson = {
  'snapshot-id': 5046585068518080532n,
  'sequence-number': 1n,
  'timestamp-ms': 1_700_000_000_000,
  'manifest-list': '/lake/metadata/snap-1.avro',
  summary: { operation: 'append', 'k2.offsets': '{"market.crypto.trades.binance":{"0":41}}' },
}
const metadata: TableMetadata = {
  ...newTable(TRADES, 'uuid', 1),
  location: '/lake',
  snapshots: [snapshot],
  'current-snapshot-id': snapshot['snapshot-id'],
}
const text = metadataText(metadata)
const END = ',"k2-crc32":"00000000"}'.length

it('is read as it was written, without the seal', () => {
  assert.deepEqual(parseMetadata(text, 'it'), metadata)
})

it('an offset that changed is refused, whichever bit of the seal changed with it', () => {
  const offset = text.indexOf('41}')
  for (let at = text.length - END; at < text.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const bytes = Buffer.from(text)
      bytes[at]! ^= 1 << bit
      bytes.write('40}', offset)
      assert.throws(() => parseMetadata(bytes.toString(), 'it'), { code: 'LAKE_DAMAGED' }, `byte ${at}, bit ${bit}`)
    }
  }
})

it("another writer's file, which has no seal, is read; one whose current snapshot is not listed is not", () => {
  const bare = (changed: string, to: string) =>
    text.slice(0, -END).replace('"k2-sealed":true,', '').replace(changed, to)
  assert.deepEqual(parseMetadata(`${bare('', '')}}`, 'it'), metadata)
  const elsewhere = `${bare('"current-snapshot-id":5046585068518080532', '"current-snapshot-id":5046585068518080528')}}`
  assert.throws(() => parseMetadata(elsewhere, 'it'), {
    code: 'LAKE_DAMAGED',
    message: /lists no snapshot 50465850685180805/,
  })
})
