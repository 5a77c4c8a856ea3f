/**
 * The end of a record's way: the first answer after a commit is a span of that commit's trace, linked to the question's.
 */
import { type Begun, begin, traceparent } from '@k2/service/tracing.ts'

/** Commits that nobody asks after keep no more of them. */
const COMMITS_MAX = 32

export class FirstAnswers {
  private commits: string[] = []

  /** Answers stand on commits of these contexts from now on. */
  note(commits: readonly string[]): void {
    this.commits = [...this.commits, ...commits].slice(-COMMITS_MAX)
  }

  /** An answer begins; undefined where others have stood on all commits already. */
  begin(): Begun | undefined {
    if (this.commits.length === 0) return undefined
    const question = traceparent()
    const from = [...this.commits, ...(question === undefined ? [] : [question])]
    this.commits = []
    return begin('query.first-answer', { from })
  }
}
