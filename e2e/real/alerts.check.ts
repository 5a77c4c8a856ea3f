/** Each alert fires in its fault and clears behind it, by promtool; the rules are ones that it accepts. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { ALERTS } from '@k2/deploy/prometheus/alerts.ts'
import { type Alerting, alertingYaml } from '@k2/deploy/prometheus/rule.ts'
import { FAULTS, type Fault, promtoolTest } from '../worlds/alerts.ts'
import { inFolder } from '../worlds/folder.ts'

const PROMETHEUS = join(import.meta.dirname, '../../deploy/prometheus')
const alerts = ALERTS.flatMap(({ rules }) => rules)
const names = alerts.map(({ alert }) => alert)

/** Whether the alert does as it should: alone, beside what it may ask that is recorded. */
async function tried(folder: string, rule: Alerting, fault: Fault): Promise<string> {
  const [own, file] = [join(folder, 'rule.yml'), join(folder, 'test.yml')]
  await writeFile(own, alertingYaml([{ name: 'one', rules: [rule] }]))
  const recorded = rule.expr.includes('k2:') ? [join(PROMETHEUS, 'rules/slo.yml')] : []
  await writeFile(file, promtoolTest(rule.alert, fault, [own, ...recorded]))
  return promtool('test', 'rules', file)
}

/** What it prints; throws with that where it fails. */
async function promtool(...args: string[]): Promise<string> {
  const script = join(import.meta.dirname, '../worlds/real/prometheus.sh')
  try {
    const { stdout } = await promisify(execFile)(script, ['promtool', ...args], { timeout: 120_000 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`)
  }
}

test('promtool accepts the rules and the configuration', async () => {
  assert.match(
    await promtool('check', 'config', '--lint=all', '--lint-fatal', join(PROMETHEUS, 'prometheus.yml')),
    /SUCCESS/,
  )
})

test('each alert has its fault', () => {
  assert.deepEqual(Object.keys(FAULTS).sort(), [...names].sort())
})

for (const rule of alerts)
  test(`${rule.alert} fires in its fault, and clears behind it`, () =>
    inFolder(async (folder) => assert.match(await tried(folder, rule, FAULTS[rule.alert]!), /SUCCESS/)))

test('a fault that is not there is told', () =>
  inFolder(async (folder) => {
    const calm = { series: [{ series: 'k2_sink_lag_seconds{table="trades_v2"}', values: '1+0x300' }] }
    const rule = alerts.find(({ alert }) => alert === 'K2SinkNotCommitting')!
    await assert.rejects(tried(folder, rule, calm), /FAILED/)
  }))
