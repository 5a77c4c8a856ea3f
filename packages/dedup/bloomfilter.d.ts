/** What of the package is used; it brings no types. */
declare module 'bloomfilter' {
  export class BloomFilter {
    constructor(bits: number, hashes: number)
    add(text: string): void
    test(text: string): boolean
    readonly buckets: Uint32Array
  }
}
