/** A Prometheus with K2's rules that looks at one process, and what it is asked. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Running, startServer } from './servers.ts'

const RULES = join(import.meta.dirname, '../../../deploy/prometheus/rules/*.yml')

export interface Prometheus {
  /** Values that it has now, NaN among them. */
  query(promql: string): Promise<readonly number[]>
  /** Every name of a series. */
  names(): Promise<readonly string[]>
  /** Of the rules: those whose evaluation failed, with why. */
  failedRules(): Promise<readonly string[]>
  stop(): Promise<void>
}

export async function startPrometheus(folder: string, target: string): Promise<Prometheus> {
  const config = join(folder, 'prometheus.json')
  // JSON is YAML.
  const settings = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [RULES],
    scrape_configs: [{ job_name: 'k2', static_configs: [{ targets: [new URL(target).host] }] }],
  }
  await writeFile(config, JSON.stringify(settings))
  const running: Running = await startServer('prometheus', 'watch', { PROMETHEUS_CONFIG: config })

  async function ask<T>(path: string, parameters: Readonly<Record<string, string>> = {}): Promise<T> {
    const answer = await fetch(`${running.url}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    const body = (await answer.json()) as { status: string; data: T; error?: string }
    if (body.status !== 'success') throw new Error(`Prometheus refuses ${JSON.stringify(parameters)}: ${body.error}`)
    return body.data
  }

  return {
    async query(promql) {
      type Sample = { readonly value: readonly [number, string] }
      const { resultType, result } = await ask<{ resultType: string; result: readonly Sample[] }>('query', {
        query: promql,
      })
      return resultType === 'scalar' ? [] : result.map(({ value }) => Number(value[1]))
    },
    names: () => ask<string[]>('label/__name__/values'),
    async failedRules() {
      type Rule = { readonly name: string; readonly health: string; readonly lastError?: string }
      const { groups } = await ask<{ groups: readonly { readonly rules: readonly Rule[] }[] }>('rules')
      const rules = groups.flatMap((group) => group.rules)
      if (rules.length === 0) throw new Error(`Prometheus has read no rules of ${RULES}`)
      return rules.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => `${name}: ${lastError}`)
    },
    stop: () => running.stop(),
  }
}
