// Original file: proto/k2/v1/query.proto

import type { Order as _k2_v1_Order, Order__Output as _k2_v1_Order__Output } from '../../k2/v1/Order.ts';
import type { Source as _k2_v1_Source, Source__Output as _k2_v1_Source__Output } from '../../k2/v1/Source.ts';

export interface QueryTradesRequest {
  'symbols'?: (string)[];
  'exchanges'?: (string)[];
  'startTime'?: (string);
  'endTime'?: (string);
  'windowMinutes'?: (number);
  'ranges'?: (string)[];
  'limit'?: (number);
  'order'?: (_k2_v1_Order);
  'source'?: (_k2_v1_Source);
  'asOf'?: (string);
  'fields'?: (string)[];
  'cursor'?: (string);
  'explain'?: (boolean);
  'sides'?: (string)[];
  'minPrice'?: (string);
  'maxPrice'?: (string);
  'minQuantity'?: (string);
  'maxQuantity'?: (string);
  'tradeConditions'?: (string)[];
  'excludeTradeConditions'?: (string)[];
  'offset'?: (number);
}

export interface QueryTradesRequest__Output {
  'symbols': (string)[];
  'exchanges': (string)[];
  'startTime': (string);
  'endTime': (string);
  'windowMinutes': (number);
  'ranges': (string)[];
  'limit': (number);
  'order': (_k2_v1_Order__Output);
  'source': (_k2_v1_Source__Output);
  'asOf': (string);
  'fields': (string)[];
  'cursor': (string);
  'explain': (boolean);
  'sides': (string)[];
  'minPrice': (string);
  'maxPrice': (string);
  'minQuantity': (string);
  'maxQuantity': (string);
  'tradeConditions': (string)[];
  'excludeTradeConditions': (string)[];
  'offset': (number);
}
