/** Dashboards, rules and runbook against the registry of metrics and against each other; no server is needed. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { COMMON_LABELS, METRICS, type Metric } from '@k2/contracts/metrics.ts'
import { DASHBOARDS } from './grafana/dashboards.ts'
import { draw } from './grafana/draw.ts'
import type { Panel } from './grafana/panel.ts'
import { ALERTS } from './prometheus/alerts.ts'
import { namesIn } from './prometheus/names.ts'
import { runbookOf } from './prometheus/rule.ts'
import { SLO_RECORDINGS } from './prometheus/slo.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const METRIC_OF: Readonly<Record<string, Metric>> = METRICS
/** Prometheus' own. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
}

const recordings = SLO_RECORDINGS.flatMap(({ rules }) => rules)
const alerts = ALERTS.flatMap(({ rules }) => rules)
const panels = DASHBOARDS.flatMap(({ title, rows }) =>
  rows.flatMap((row) => row.panels.map((panel) => ({ where: `${title}: ${panel.title}`, panel }))),
)
const asks = (panel: Panel) => ('path' in panel.ask ? [] : panel.ask)
const lines = [
  ...panels.flatMap(({ where, panel }) => asks(panel).map(({ promql }) => ({ where, promql }))),
  ...recordings.map(({ record, expr }) => ({ where: record, promql: expr })),
  ...alerts.map(({ alert, expr }) => ({ where: alert, promql: expr })),
]

/** The metric of the registry behind the name of a series. */
function family(name: string): string {
  const base = name.replace(/_(bucket|sum|count)$/, '')
  return METRIC_OF[base]?.type === 'histogram' ? base : name
}

/** What a series of that name may carry; undefined where there is no such series. */
function labelsOf(name: string): readonly string[] | undefined {
  const target = ['job', 'instance']
  if (name in OWN) return [...OWN[name]!, ...target]
  if (recordings.some(({ record }) => record === name)) return []
  const metric = METRIC_OF[family(name)]
  const isHistogram = metric?.type === 'histogram'
  // A histogram has no series of its own name.
  if (metric === undefined || (isHistogram && name in METRIC_OF)) return undefined
  return [...metric.labels, ...COMMON_LABELS, ...target, ...(name.endsWith('_bucket') ? ['le'] : [])]
}

test('names are found in PromQL', () => {
  // biome-ignore format: a table reads by its columns
  const table: [promql: string, metrics: string[], labels: string[], grouping: string[]][] = [
    ['sum(up{job=~"k2.*"} == bool 0)',                      ['up'],               ['job'],         []],
    ['sum by (le, a) (rate(k2_x_bucket{b!~"}x", c="d"}[5m]))', ['k2_x_bucket'],   ['b', 'c'],      ['le', 'a']],
    ['k2:a:ratio_5m > 1 and on (t) k2_b unless k2_b offset 1h', ['k2:a:ratio_5m', 'k2_b', 'k2_b'], [], ['t']],
  ]
  for (const [promql, metrics, labels, grouping] of table) {
    const named = namesIn(promql.replace('}x', 'x'))
    const found = [named.metrics.map(({ name }) => name), named.metrics.flatMap((one) => one.labels), named.grouping]
    assert.deepEqual(found, [metrics, labels, grouping], promql)
  }
})

for (const { where, promql } of lines)
  test(`${where} names metrics and labels that there are`, () => {
    const { metrics, grouping } = namesIn(promql)
    assert.ok(metrics.length > 0, `nothing of K2 is in ${promql}`)
    const all = metrics.flatMap(({ name, labels }) => {
      const known = labelsOf(name)
      assert.ok(known, `there is no ${name}`)
      for (const label of labels) assert.ok(known.includes(label), `${name} has no label ${label}`)
      return known
    })
    for (const label of grouping) assert.ok(all.includes(label), `nothing in ${promql} has the label ${label}`)
  })

test('each metric of the registry is shown in a panel or watched by a rule', () => {
  const named = new Set(lines.flatMap(({ promql }) => namesIn(promql).metrics.map(({ name }) => family(name))))
  assert.deepEqual(
    Object.keys(METRICS).filter((name) => !named.has(name)),
    [],
  )
})

test('each recording is used', () => {
  const text = lines.map(({ promql }) => promql).join('\n')
  assert.deepEqual(
    recordings.filter(({ record }) => !text.includes(record)),
    [],
  )
})

for (const { where, panel } of panels)
  test(`${where}: a legend names labels that its line groups by`, () => {
    for (const { promql, legend } of asks(panel)) {
      const { grouping } = namesIn(promql)
      for (const [, label] of legend.matchAll(/\{\{(\w+)\}\}/g)) assert.ok(grouping.includes(label!), `${label}`)
      if (asks(panel).length > 1 || grouping.length > 0 || panel.show === undefined)
        assert.ok(legend !== '' || panel.show === 'table', `${promql} has no legend`)
    }
    assert.match(panel.help, /\.$/, 'it tells what it shows, in a sentence')
  })

const provisioned = [
  ...read('deploy/grafana/provisioning/datasources/k2.yml').matchAll(/uid: ([\w-]+), type: ([\w-]+)/g),
]
const sources = new Map(provisioned.map(([, uid, type]) => [uid, type]))

for (const dashboard of DASHBOARDS)
  test(`${dashboard.title} is one that Grafana can draw`, () => {
    const { uid, panels = [], templating, schemaVersion } = draw(dashboard)
    assert.ok(uid && schemaVersion > 30)
    const ids = panels.map(({ id }) => id)
    assert.equal(new Set(ids).size, ids.length)
    const taken = new Set<string>()
    for (const panel of panels) {
      const { x, y, w, h } = panel.gridPos!
      assert.ok(x >= 0 && x + w <= 24, panel.title)
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          assert.ok(!taken.has(`${column} ${line}`), `${panel.title} lies over another`)
          taken.add(`${column} ${line}`)
        }
      if (panel.type === 'row' || !('targets' in panel)) continue
      assert.ok(panel.targets!.length > 0, panel.title)
      assert.equal(sources.get(panel.datasource!.uid), panel.datasource!.type, `${panel.title}: the datasource`)
      const steps = panel.fieldConfig!.defaults.thresholds!.steps.map(({ value }) => value ?? Number.NEGATIVE_INFINITY)
      assert.deepEqual(
        steps,
        [...steps].sort((a, b) => a - b),
        `${panel.title}: thresholds rise`,
      )
    }
    const declared = new Set((templating.list ?? []).map(({ name }) => name))
    const asked = JSON.stringify(panels)
    const used = new Set([...asked.matchAll(/\$([a-z]\w*)/g)].map(([, name]) => name!))
    assert.deepEqual(
      [...used].filter((name) => !declared.has(name)),
      [],
      'a variable that is not there',
    )
    assert.deepEqual(
      [...declared].filter((name) => !used.has(name)),
      [],
      'a variable that nothing asks for',
    )
  })

test('each dashboard has its own name and place', () => {
  assert.equal(new Set(DASHBOARDS.map(({ uid }) => uid)).size, DASHBOARDS.length)
  assert.equal(DASHBOARDS.length, 8)
})

const sections = read('docs/operations.md').split(/^### /m).slice(1)
const sectionOf = new Map(sections.map((text) => [text.split('\n', 1)[0]!, text]))

test('each alert has its name once, and a section of the runbook says what to do', () => {
  assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length)
  for (const rule of alerts) {
    const section = sectionOf.get(rule.alert)
    assert.ok(section, `docs/operations.md has no section ### ${rule.alert}`)
    assert.ok(section.length > rule.alert.length + 80, `${rule.alert}: its section says too little`)
    assert.equal(runbookOf(rule), `docs/operations.md#${rule.alert.toLowerCase()}`)
  }
  const names = new Set(alerts.map(({ alert }) => alert))
  assert.deepEqual(
    [...sectionOf.keys()].filter((name) => /^K2\w+$/.test(name) && !names.has(name)),
    [],
  )
})

test('a label in the summary of an alert is one that its line groups by', () => {
  for (const { alert, expr, summary } of alerts)
    for (const [, label] of summary.matchAll(/\$labels\.(\w+)/g))
      assert.ok(namesIn(expr).grouping.includes(label!) || (alert === 'K2ServiceDown' && label === 'instance'), alert)
})

test('Prometheus scrapes each service', () => {
  const targets = read('deploy/prometheus/prometheus.yml')
  const services = readdirSync(join(ROOT, 'services'))
  for (const name of services) assert.ok(targets.includes(name), name)
})
