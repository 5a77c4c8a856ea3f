/**
 * What a person sees, without what differs from run to run: ports, ids, moments of this run, durations and rates; and
 * while rows flow, how many have come.
 *
 *   shape   screen -> screen
 */
const RULE = /^─+$/

export function normal(screen: string, isFlowing: boolean): string {
  const lines = screen.split('\n').slice(begin(screen))
  const rule = lines.findLastIndex((line) => RULE.test(line))
  return `${lines
    .map(stable)
    .map((line, at) => (at > rule && rule >= 0 ? viewed(line, isFlowing) : line))
    .join('\n')}\n`
}

/** The shell's own lines come before. */
function begin(screen: string): number {
  return screen.split('\n').findLastIndex((line) => line.startsWith('$ ')) + 1
}

// Ports and ids keep their width, so that what stands behind them stays where it is.
const stable = (line: string): string =>
  line
    .replace(/(\.0\.1:)\d{5}/g, '$1PPPPP')
    .replace(/snapshot: \d+ of 2\S+/, 'snapshot: ID of TIME')
    .replace(/\bin [\d.]+ (s|min)\b/g, 'in N s')

function viewed(line: string, isFlowing: boolean): string {
  // The first example is asked again until the ledger of gaps has come so far.
  const aged = line
    .replace(/(now|[\d.]+ (s|min) ago)$/, 'AGE')
    .replace(/ +\d+ questions answered/, '   N questions answered')
    .replace(/^(trades\b.*[\d,]) +\d+( +0 {2}.*)$/, '$1 N$2')
  if (!isFlowing || /→/.test(aged)) return aged
  // A commit of a slow run may have come already, or not.
  const rows = aged.replace(/ +(none yet|(\d\S* in \d+ files?, )?AGE)$/, ' COMMIT')
  return rows
    .replace(/█*░+ +\d+%/, 'BAR N%')
    .replace(/[\d.]+ (s|min) left/, 'N s left')
    .replace(/(?<= ) *(?<![\w.])\d[\d,]*(?= |$)/g, 'N')
}
