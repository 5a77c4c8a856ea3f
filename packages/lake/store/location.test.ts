import assert from 'node:assert/strict'
import { it } from 'node:test'
import { joined, normalised } from './location.ts'

// biome-ignore format: a table reads by its columns
const rows: [given: string, location: string][] = [
  ['/lake/x',             '/lake/x'],
  ['file:/lake/x',        '/lake/x'],
  ['file:///lake/x',      '/lake/x'],
  ['file://host/lake/x',  '/lake/x'],
  ['file:///lake/a%20b',  '/lake/a%20b'],
  ['s3://bucket/x',       's3://bucket/x'],
  ['s3a://bucket/x',      's3://bucket/x'],
  ['s3n://bucket/x',      's3://bucket/x'],
]

it('one location has one spelling', () => {
  for (const [given, location] of rows) assert.equal(normalised(given), location)
})

it('names are put under a folder with one slash', () => {
  assert.equal(joined('s3://bucket/lake/', 'data', 'x'), 's3://bucket/lake/data/x')
})
