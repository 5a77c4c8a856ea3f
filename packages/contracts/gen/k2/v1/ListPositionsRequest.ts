// Original file: proto/k2/v1/sequence.proto


export interface ListPositionsRequest {
  'symbols'?: (string)[];
  'exchange'?: (string);
  'date'?: (string);
  'limit'?: (number);
  'cursor'?: (string);
}

export interface ListPositionsRequest__Output {
  'symbols': (string)[];
  'exchange': (string);
  'date': (string);
  'limit': (number);
  'cursor': (string);
}
