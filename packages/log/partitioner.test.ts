import assert from 'node:assert/strict'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { murmur2, partitionOf } from './partitioner.ts'
import { seeded } from './random.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

// Apache Kafka, clients/src/test/java/org/apache/kafka/common/utils/UtilsTest.java, testMurmur2
// biome-ignore format: a table reads by its columns
const hashes: [key: string, hash: number][] = [
  ['21',                                               -973932308],
  ['foobar',                                           -790332482],
  ['a-little-bit-long-string',                         -985981536],
  ['a-little-bit-longer-string',                       -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc',                                              479470107],
  ['',                                                 275646681],
]

for (const [key, hash] of hashes) {
  test(`murmur2 of "${key}" is Kafka's`, () => assert.equal(murmur2(bytes(key)), hash))
}

test("a key goes where kafkajs's Java-compatible partitioner sends it, whatever its bytes", () => {
  const random = seeded()
  const partitioner = kafkajs.Partitioners.JavaCompatiblePartitioner()
  for (let i = 0; i < 2_000; i++) {
    const partitions = 1 + random.below(64)
    const key = Buffer.from(i < 500 ? bytes(`SYM${i}`) : random.bytes(random.below(40)))
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 0,
      replicas: [0],
      isr: [0],
    }))
    const theirs = partitioner({ topic: 'any', partitionMetadata, message: { key, value: null } })
    assert.equal(partitionOf(key, partitions), theirs)
  }
})
