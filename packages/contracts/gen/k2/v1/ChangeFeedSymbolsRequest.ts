// Original file: proto/k2/v1/feed.proto


export interface ChangeFeedSymbolsRequest {
  'exchange'?: (string);
  'symbols'?: (string)[];
}

export interface ChangeFeedSymbolsRequest__Output {
  'exchange': (string);
  'symbols': (string)[];
}
