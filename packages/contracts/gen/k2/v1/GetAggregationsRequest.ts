// Original file: proto/k2/v1/query.proto

import type { Calendar as _k2_v1_Calendar, Calendar__Output as _k2_v1_Calendar__Output } from '../../k2/v1/Calendar.ts';
import type { Order as _k2_v1_Order, Order__Output as _k2_v1_Order__Output } from '../../k2/v1/Order.ts';
import type { Source as _k2_v1_Source, Source__Output as _k2_v1_Source__Output } from '../../k2/v1/Source.ts';

export interface GetAggregationsRequest {
  'symbols'?: (string)[];
  'exchanges'?: (string)[];
  'startTime'?: (string);
  'endTime'?: (string);
  'windowMinutes'?: (number);
  'groupBy'?: (string)[];
  'interval'?: (string);
  'calendar'?: (_k2_v1_Calendar);
  'metrics'?: (string)[];
  'tick'?: (string);
  'levels'?: (number);
  'sides'?: (string)[];
  'minPrice'?: (string);
  'maxPrice'?: (string);
  'minQuantity'?: (string);
  'maxQuantity'?: (string);
  'tradeConditions'?: (string)[];
  'excludeTradeConditions'?: (string)[];
  'limit'?: (number);
  'order'?: (_k2_v1_Order);
  'source'?: (_k2_v1_Source);
  'asOf'?: (string);
  'cursor'?: (string);
  'explain'?: (boolean);
}

export interface GetAggregationsRequest__Output {
  'symbols': (string)[];
  'exchanges': (string)[];
  'startTime': (string);
  'endTime': (string);
  'windowMinutes': (number);
  'groupBy': (string)[];
  'interval': (string);
  'calendar': (_k2_v1_Calendar__Output);
  'metrics': (string)[];
  'tick': (string);
  'levels': (number);
  'sides': (string)[];
  'minPrice': (string);
  'maxPrice': (string);
  'minQuantity': (string);
  'maxQuantity': (string);
  'tradeConditions': (string)[];
  'excludeTradeConditions': (string)[];
  'limit': (number);
  'order': (_k2_v1_Order__Output);
  'source': (_k2_v1_Source__Output);
  'asOf': (string);
  'cursor': (string);
  'explain': (boolean);
}
