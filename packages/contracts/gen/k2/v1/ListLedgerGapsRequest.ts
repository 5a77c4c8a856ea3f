// Original file: proto/k2/v1/query.proto


export interface ListLedgerGapsRequest {
  'symbols'?: (string)[];
  'exchange'?: (string);
  'date'?: (string);
  'statuses'?: (string)[];
  'limit'?: (number);
  'cursor'?: (string);
}

export interface ListLedgerGapsRequest__Output {
  'symbols': (string)[];
  'exchange': (string);
  'date': (string);
  'statuses': (string)[];
  'limit': (number);
  'cursor': (string);
}
