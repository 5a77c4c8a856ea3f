/**
 * The symbols that a feed records: those of the settings, until they are changed while it runs. What was changed is kept on the topic
 * of positions and holds after a restart, until settings name others than they did.
 */
import { K2Error } from '@k2/contracts/codes.ts'
import { GATEWAY_POSITIONS } from '@k2/contracts/topics.ts'
import type { Log } from '@k2/log/log.ts'
import type { Logger } from '@k2/service/logger.ts'

export interface Change {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

interface ChosenParts {
  readonly log: Log
  readonly logger: Logger
  readonly exchange: string
  /** As settings name them. */
  readonly given: readonly string[]
  readonly changed: () => void
}

interface Kept {
  readonly given: readonly string[]
  readonly symbols: readonly string[]
}

export class Chosen {
  readonly #parts: ChosenParts
  readonly #key: string
  symbols: readonly string[]

  constructor(parts: ChosenParts) {
    this.#parts = parts
    this.#key = `${parts.exchange}/symbols`
    this.symbols = parts.given
  }

  /** As a life before this one has left them. */
  async read(): Promise<void> {
    const { log, logger, given } = this.#parts
    const kept = (await log.latest(GATEWAY_POSITIONS)).find(({ key }) => key === this.#key)
    if (kept === undefined) return
    const before: Kept = JSON.parse(Buffer.from(kept.value).toString())
    if (before.given.join() !== given.join()) {
      logger.warn(
        { settings: given, before: before.symbols },
        'settings name other symbols than before: what was changed meanwhile is forgotten',
      )
      return
    }
    logger.info({ settings: given, symbols: before.symbols }, 'symbols are recorded as they were changed before')
    this.#set(before.symbols)
  }

  /** False where nothing changes. Errors: INVALID_ARGUMENT for no symbol at all; those of the log, and then nothing has changed. */
  async change({ add, remove }: Change): Promise<boolean> {
    const { log, logger, exchange, given } = this.#parts
    const before = this.symbols
    const symbols = [...new Set([...before, ...add])].filter((symbol) => !remove.includes(symbol))
    if (symbols.length === 0)
      throw new K2Error('INVALID_ARGUMENT', `${exchange} would record nothing: leave it a symbol.`)
    if (symbols.join() === before.join()) return false
    const kept: Kept = { given, symbols }
    await log.append(GATEWAY_POSITIONS, [{ key: this.#key, value: Buffer.from(JSON.stringify(kept)) }])
    logger.info({ symbols, before }, 'other symbols are recorded from now on')
    this.#set(symbols)
    return true
  }

  /** An added one that the venue lists no longer ends nothing but itself; of the settings' it is theirs to say. */
  isDropped(error: unknown): boolean {
    const { logger, exchange, given } = this.#parts
    const gone = error instanceof K2Error && error.code === 'SETTINGS_INVALID' ? error.details.symbol : undefined
    if (gone === undefined || given.includes(String(gone))) return false
    logger.error({ symbol: gone }, `${exchange} lists a symbol no longer that was added: it is not recorded`)
    this.#set(this.symbols.filter((symbol) => symbol !== gone))
    return true
  }

  #set(symbols: readonly string[]): void {
    this.symbols = symbols
    this.#parts.changed()
  }
}
