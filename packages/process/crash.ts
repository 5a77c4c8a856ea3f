/**
 * Crash tests name a moment of the work (`lake.commit.published`) and the process kills itself there, as a power cut
 * would: no handler runs. `lake.commit.published:2:SIGINT` is Ctrl-C there instead. Without a name it does nothing.
 */
export function crashAt(setting: string | undefined): (moment: string) => void {
  if (setting === undefined) return () => {}
  const [wanted, times, signal = 'SIGKILL'] = setting.split(':')
  let left = Number(times)
  return (moment) => {
    if (moment === wanted && --left === 0) process.kill(process.pid, signal)
  }
}
