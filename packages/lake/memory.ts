/** What a cache holds, and what it may hold at most: bytes, about. */
export interface HeldMemory {
  readonly bytes: number
  readonly bytesMax: number
}
