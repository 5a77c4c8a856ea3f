// Original file: proto/k2/v1/query.proto

import type { Order as _k2_v1_Order, Order__Output as _k2_v1_Order__Output } from '../../k2/v1/Order.ts';
import type { Source as _k2_v1_Source, Source__Output as _k2_v1_Source__Output } from '../../k2/v1/Source.ts';
import type { Calendar as _k2_v1_Calendar, Calendar__Output as _k2_v1_Calendar__Output } from '../../k2/v1/Calendar.ts';

export interface GetOhlcvRequest {
  'timeframe'?: (string);
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
  'explain'?: (boolean);
  'calendar'?: (_k2_v1_Calendar);
  'fill'?: (boolean);
  'cursor'?: (string);
}

export interface GetOhlcvRequest__Output {
  'timeframe': (string);
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
  'explain': (boolean);
  'calendar': (_k2_v1_Calendar__Output);
  'fill': (boolean);
  'cursor': (string);
}
