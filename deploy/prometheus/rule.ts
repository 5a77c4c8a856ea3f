/** Rules of Prometheus as values, and as the YAML that it reads. */

export interface Recording {
  readonly record: string
  readonly expr: string
}

export interface Alerting {
  readonly alert: string
  /** page: somebody is to look now; ticket: on the next working day. */
  readonly severity: 'page' | 'ticket'
  readonly expr: string
  /** It must hold so long, as 5m. */
  readonly for?: string
  readonly summary: string
}

export interface Group<R> {
  readonly name: string
  readonly rules: readonly R[]
}

/** Where people read what to do. */
export const runbookOf = ({ alert }: Pick<Alerting, 'alert'>): string => `docs/operations.md#${alert.toLowerCase()}`

/** A text in quotes is YAML as it is JSON. */
const quoted = (text: string): string => JSON.stringify(text)

export function recordingYaml(groups: readonly Group<Recording>[]): string {
  return yaml(groups, ({ record, expr }) => [`record: ${record}`, `expr: ${quoted(expr)}`])
}

export function alertingYaml(groups: readonly Group<Alerting>[]): string {
  return yaml(groups, (rule) => [
    `alert: ${rule.alert}`,
    `expr: ${quoted(rule.expr)}`,
    ...(rule.for === undefined ? [] : [`for: ${rule.for}`]),
    `labels: { severity: ${rule.severity} }`,
    'annotations:',
    `  summary: ${quoted(rule.summary)}`,
    `  runbook: ${quoted(runbookOf(rule))}`,
  ])
}

function yaml<R>(groups: readonly Group<R>[], linesOf: (rule: R) => string[]): string {
  const text = groups.map(({ name, rules }) => {
    const items = rules.map((rule) => `      - ${linesOf(rule).join('\n        ')}\n`)
    return `  - name: ${name}\n    rules:\n${items.join('')}`
  })
  return `# By npm run generate, of deploy/prometheus/*.ts.\ngroups:\n${text.join('')}`
}
