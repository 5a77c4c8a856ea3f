// Original file: proto/k2/v1/query.proto

import type { Order as _k2_v1_Order, Order__Output as _k2_v1_Order__Output } from '../../k2/v1/Order.ts';

export interface GetRecentTradesRequest {
  'symbols'?: (string)[];
  'exchange'?: (string);
  'windowMinutes'?: (number);
  'limit'?: (number);
  'order'?: (_k2_v1_Order);
  'tradeConditions'?: (string)[];
  'excludeTradeConditions'?: (string)[];
  'fields'?: (string)[];
  'cursor'?: (string);
  'explain'?: (boolean);
}

export interface GetRecentTradesRequest__Output {
  'symbols': (string)[];
  'exchange': (string);
  'windowMinutes': (number);
  'limit': (number);
  'order': (_k2_v1_Order__Output);
  'tradeConditions': (string)[];
  'excludeTradeConditions': (string)[];
  'fields': (string)[];
  'cursor': (string);
  'explain': (boolean);
}
