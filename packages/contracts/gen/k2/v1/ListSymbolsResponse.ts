// Original file: proto/k2/v1/query.proto

import type { ListedSymbol as _k2_v1_ListedSymbol, ListedSymbol__Output as _k2_v1_ListedSymbol__Output } from '../../k2/v1/ListedSymbol.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from '../../k2/v1/Meta.ts';

export interface ListSymbolsResponse {
  'symbols'?: (_k2_v1_ListedSymbol)[];
  'meta'?: (_k2_v1_Meta | null);
}

export interface ListSymbolsResponse__Output {
  'symbols': (_k2_v1_ListedSymbol__Output)[];
  'meta': (_k2_v1_Meta__Output | null);
}
