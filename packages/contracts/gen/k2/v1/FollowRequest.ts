// Original file: proto/k2/v1/query.proto


export interface FollowRequest {
  'table'?: (string);
  'symbols'?: (string)[];
  'exchanges'?: (string)[];
  'startTime'?: (string);
  'sides'?: (string)[];
  'minPrice'?: (string);
  'maxPrice'?: (string);
  'minQuantity'?: (string);
  'maxQuantity'?: (string);
  'tradeConditions'?: (string)[];
  'excludeTradeConditions'?: (string)[];
  'fields'?: (string)[];
  'cursor'?: (string);
  'batchRecords'?: (number);
  'arrow'?: (boolean);
}

export interface FollowRequest__Output {
  'table': (string);
  'symbols': (string)[];
  'exchanges': (string)[];
  'startTime': (string);
  'sides': (string)[];
  'minPrice': (string);
  'maxPrice': (string);
  'minQuantity': (string);
  'maxQuantity': (string);
  'tradeConditions': (string)[];
  'excludeTradeConditions': (string)[];
  'fields': (string)[];
  'cursor': (string);
  'batchRecords': (number);
  'arrow': (boolean);
}
