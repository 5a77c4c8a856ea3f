/**
 * Crash tests name a moment of the work (`lake.commit.published`) and the process kills itself there, as a power cut
 * would: no handler runs. Without a name it does nothing.
 */
export function crashAt(setting: string | undefined): (moment: string) => void {
  if (setting === undefined) return () => {}
  const [wanted, times] = setting.split(':')
  let left = Number(times)
  return (moment) => {
    if (moment === wanted && --left === 0) process.kill(process.pid, 'SIGKILL')
  }
}
