// Original file: proto/k2/v1/query.proto

import type { Order as _k2_v1_Order, Order__Output as _k2_v1_Order__Output } from '../../k2/v1/Order.ts';
import type { Source as _k2_v1_Source, Source__Output as _k2_v1_Source__Output } from '../../k2/v1/Source.ts';

export interface GetTradesRequest {
  'symbols'?: (string)[];
  'exchange'?: (string);
  'startTime'?: (string);
  'endTime'?: (string);
  'windowMinutes'?: (number);
  'limit'?: (number);
  'order'?: (_k2_v1_Order);
  'source'?: (_k2_v1_Source);
  'asOf'?: (string);
  'tradeConditions'?: (string)[];
  'excludeTradeConditions'?: (string)[];
  'fields'?: (string)[];
  'cursor'?: (string);
  'explain'?: (boolean);
  'gaps'?: (boolean);
}

export interface GetTradesRequest__Output {
  'symbols': (string)[];
  'exchange': (string);
  'startTime': (string);
  'endTime': (string);
  'windowMinutes': (number);
  'limit': (number);
  'order': (_k2_v1_Order__Output);
  'source': (_k2_v1_Source__Output);
  'asOf': (string);
  'tradeConditions': (string)[];
  'excludeTradeConditions': (string)[];
  'fields': (string)[];
  'cursor': (string);
  'explain': (boolean);
  'gaps': (boolean);
}
