// Original file: proto/k2/v1/query.proto

import type { Source as _k2_v1_Source, Source__Output as _k2_v1_Source__Output } from '../../k2/v1/Source.ts';

export interface ReplayRequest {
  'table'?: (string);
  'symbols'?: (string)[];
  'exchanges'?: (string)[];
  'startTime'?: (string);
  'endTime'?: (string);
  'windowMinutes'?: (number);
  'sides'?: (string)[];
  'minPrice'?: (string);
  'maxPrice'?: (string);
  'minQuantity'?: (string);
  'maxQuantity'?: (string);
  'tradeConditions'?: (string)[];
  'excludeTradeConditions'?: (string)[];
  'source'?: (_k2_v1_Source);
  'asOf'?: (string);
  'speed'?: (number | string);
  'batchRecords'?: (number);
  'fields'?: (string)[];
  'cursor'?: (string);
  'arrow'?: (boolean);
}

export interface ReplayRequest__Output {
  'table': (string);
  'symbols': (string)[];
  'exchanges': (string)[];
  'startTime': (string);
  'endTime': (string);
  'windowMinutes': (number);
  'sides': (string)[];
  'minPrice': (string);
  'maxPrice': (string);
  'minQuantity': (string);
  'maxQuantity': (string);
  'tradeConditions': (string)[];
  'excludeTradeConditions': (string)[];
  'source': (_k2_v1_Source__Output);
  'asOf': (string);
  'speed': (number);
  'batchRecords': (number);
  'fields': (string)[];
  'cursor': (string);
  'arrow': (boolean);
}
