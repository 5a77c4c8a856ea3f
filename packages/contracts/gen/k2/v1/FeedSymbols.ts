// Original file: proto/k2/v1/feed.proto

import type { FeedSymbol as _k2_v1_FeedSymbol, FeedSymbol__Output as _k2_v1_FeedSymbol__Output } from '../../k2/v1/FeedSymbol.ts';

export interface FeedSymbols {
  'symbols'?: (_k2_v1_FeedSymbol)[];
}

export interface FeedSymbols__Output {
  'symbols': (_k2_v1_FeedSymbol__Output)[];
}
