/**
 * The rules of shedding as settings and their file want them; the file is read again when it changes. One that is wrong ends a
 * start, and later leaves the rules as they were.
 */
import { readFile, stat } from 'node:fs/promises'
import { K2Error } from '@k2/contracts/codes.ts'
import type { Level } from '@k2/contracts/degradation.ts'
import type { Clock } from '@k2/service/clock.ts'
import type { Logger } from '@k2/service/logger.ts'
import type { Service } from '@k2/service/run.ts'
import { type Policy, policyAt } from './policy.ts'
import { DEFAULT_TIERS, PRESETS, type Preset, rulesOf, type SheddingRules } from './priority.ts'

export interface RulesSettings {
  readonly sheddingPreset: string
  readonly sheddingFile: string | undefined
}

export interface Rules extends Service {
  now(): SheddingRules
}

const LOOK_MS = 5_000

/** What is passed over by the rules and the level as they are then. */
export function policyBy(rules: Pick<Rules, 'now'>, level: () => Level): () => Policy {
  let known: { readonly rules: SheddingRules; readonly level: Level; readonly policy: Policy } | undefined
  return () => {
    const now = { rules: rules.now(), level: level() }
    if (known?.rules !== now.rules || known.level !== now.level)
      known = { ...now, policy: policyAt(now.rules, now.level) }
    return known.policy
  }
}

export function sheddingRules(
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  { sheddingPreset, sheddingFile: file }: RulesSettings,
): Rules {
  const preset: Preset = sheddingPreset === 'strict' ? 'strict' : 'standard'
  let rules: SheddingRules = { tiers: DEFAULT_TIERS, lines: PRESETS[preset] }
  let seen = ''

  async function read(path: string): Promise<void> {
    const { mtimeMs, size } = await stat(path)
    const version = `${mtimeMs} ${size}`
    if (version === seen) return
    const found = rulesOf(await readFile(path, 'utf8'), preset)
    if ('faults' in found) throw new Error(found.faults.join('; '))
    const isNews = seen !== ''
    seen = version
    rules = found
    if (isNews) logger.info({ file: path }, 'the rules of shedding were read again')
  }

  return {
    name: 'rules of shedding',
    now: () => rules,
    async start() {
      if (file === undefined) return
      try {
        await read(file)
      } catch (error) {
        const sentence = `K2_SHEDDING_FILE is ${file}, and cannot be used: ${(error as Error).message}. Correct it, or leave the setting out.`
        throw new K2Error('SETTINGS_INVALID', sentence, { file }, error)
      }
    },
    async run(signal) {
      let said = ''
      while (!signal.aborted) {
        await clock.sleep(LOOK_MS, signal).catch(() => {})
        if (file === undefined || signal.aborted) continue
        try {
          await read(file)
          said = ''
        } catch (error) {
          const { message } = error as Error
          if (message !== said) logger.error({ file }, `the rules of shedding stay as they were: ${message}`)
          said = message
        }
      }
    },
  }
}
