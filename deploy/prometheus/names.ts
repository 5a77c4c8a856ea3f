/**
 * Which metrics and labels a line of PromQL names. Not a parser: promtool is that, and tells whether the line is one at all.
 */

export interface Named {
  readonly metrics: readonly { readonly name: string; readonly labels: readonly string[] }[]
  /** By which it groups or joins. */
  readonly grouping: readonly string[]
}

const METRIC = /(?<![\w:])(k2[_:][\w:]*|up|ALERTS)(?![\w:]*\()\s*(\{[^}]*\})?/g
const MATCHER = /(\w+)\s*(?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*"/g
const GROUPING = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g

export function namesIn(promql: string): Named {
  const metrics = [...promql.matchAll(METRIC)].map(([, name, matchers = '']) => {
    return { name: name!, labels: [...matchers.matchAll(MATCHER)].map(([, label]) => label!) }
  })
  const grouping = [...promql.matchAll(GROUPING)].flatMap(([, labels]) => labels!.split(',').map((one) => one.trim()))
  return { metrics, grouping: grouping.filter((label) => label !== '') }
}
