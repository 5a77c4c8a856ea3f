// Original file: proto/k2/v1/query.proto

import type { Source as _k2_v1_Source, Source__Output as _k2_v1_Source__Output } from '../../k2/v1/Source.ts';

export interface GetSummaryRequest {
  'symbol'?: (string);
  'date'?: (string);
  'exchange'?: (string);
  'tradeConditions'?: (string)[];
  'excludeTradeConditions'?: (string)[];
  'source'?: (_k2_v1_Source);
  'asOf'?: (string);
  'explain'?: (boolean);
}

export interface GetSummaryRequest__Output {
  'symbol': (string);
  'date': (string);
  'exchange': (string);
  'tradeConditions': (string)[];
  'excludeTradeConditions': (string)[];
  'source': (_k2_v1_Source__Output);
  'asOf': (string);
  'explain': (boolean);
}
