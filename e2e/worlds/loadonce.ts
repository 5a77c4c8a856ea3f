/** `node loadonce.ts FOLDER FILE`: loads one file of trades, and says by how much the process grew meanwhile. */
import { readLetters } from '../oracle/log.ts'
import { inLoading } from './loading.ts'

export interface Grown {
  readonly sent: number
  readonly failed: string | null
  readonly reasons: readonly string[]
  readonly grownMb: number
}

const SAMPLE_MS = 20
const [folder, path] = process.argv.slice(2) as [string, string]
const grown = await inLoading(folder, async ({ log, load }): Promise<Grown> => {
  const before = process.memoryUsage.rss()
  let most = before
  const sampling = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss())
  }, SAMPLE_MS)
  const { sent, failed } = await load({ path })
  clearInterval(sampling)
  const letters = await readLetters(log)
  const reasons = [...letters.values()].map(({ line, reason }) => `${line}: ${reason}`)
  return { sent, failed, reasons, grownMb: Math.round((most - before) / 2 ** 20) }
})
process.stdout.write(JSON.stringify(grown))
