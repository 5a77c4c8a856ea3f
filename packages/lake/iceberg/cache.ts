/**
 * Immutable files read once: bounded by what they weigh, least recently used first out. A file that is being read is
 * not read twice; one that failed is tried again.
 *
 *   units   weightMax: entries of all files together
 */
export class FileCache<T> {
  #weightMax: number
  readonly #weightOf: (value: T) => number
  readonly #files = new Map<string, { readonly value: Promise<T>; weight: number }>()
  #weight = 0

  constructor(weightMax: number, weightOf: (value: T) => number) {
    this.#weightMax = weightMax
    this.#weightOf = weightOf
  }

  /** Holds so much from now on; what is too much goes when the next file comes. */
  bound(weightMax: number): void {
    this.#weightMax = weightMax
  }

  get(path: string, read: () => Promise<T>): Promise<T> {
    const known = this.#files.get(path)
    if (known !== undefined) {
      this.#files.delete(path)
      this.#files.set(path, known)
      return known.value
    }
    const file = { value: read(), weight: 0 }
    this.#files.set(path, file)
    file.value.then(
      (value) => {
        if (this.#files.get(path) !== file) return // pushed out while it was read
        file.weight = this.#weightOf(value)
        this.#weight += file.weight
        this.#shrink()
      },
      () => {
        if (this.#files.get(path) === file) this.#files.delete(path)
      },
    )
    return file.value
  }

  #shrink(): void {
    for (const [path, { weight }] of this.#files) {
      if (this.#weight <= this.#weightMax || this.#files.size === 1) return
      this.#files.delete(path)
      this.#weight -= weight
    }
  }
}
