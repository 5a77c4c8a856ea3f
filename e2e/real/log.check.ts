/** What every log does, held against a real Kafka. */
import { after } from 'node:test'
import { openKafkaLog } from '@k2/log/kafka/kafka.ts'
import { logContract } from '@k2/log/log.contract.ts'
import { kafkaOptions } from '../worlds/real/kafka.ts'
import { startServer } from '../worlds/real/servers.ts'

const kafka = await startServer('kafka', 'log')
after(() => kafka.stop())

const open = async () => {
  let log = openKafkaLog(kafkaOptions(kafka.url))
  return {
    get log() {
      return log
    },
    async reopen() {
      await log.close()
      log = openKafkaLog(kafkaOptions(kafka.url))
      return log
    },
    close: () => log.close(),
  }
}

logContract('Kafka', open)
