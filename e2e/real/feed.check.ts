/** A gateway that is killed again and again, over a real Kafka and a real registry. */
import { after, it } from 'node:test'
import { incompatibility } from '@k2/contracts/records/avro.ts'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { openRegistry } from '@k2/log/registry/registry.ts'
import { killedFeed } from '../worlds/feed-killed.ts'
import { TRADES, tradesIn } from '../worlds/feeds.ts'
import { inFolder } from '../worlds/folder.ts'
import { kafkaOptions } from '../worlds/real/kafka.ts'
import { startServer } from '../worlds/real/servers.ts'

const [registry, kafka] = [await startServer('registry', 'feed'), await startServer('kafka', 'feed')]
after(() => Promise.all([kafka.stop(), registry.stop()]))

it('each trade is in Kafka once', { timeout: 240_000 }, () =>
  inFolder(async (folder) => {
    const log = openKafkaLog(kafkaOptions(kafka.url))
    const schemas = openRegistry({ url: registry.url, deadlineMs: 5_000, incompatibility })
    const settings = { K2_DATA: folder, KAFKA_BROKERS: kafka.url, SCHEMA_REGISTRY_URL: registry.url }
    try {
      await killedFeed(1, settings, () => tradesIn(log, schemas, TRADES))
    } finally {
      await log.close()
    }
  }),
)
