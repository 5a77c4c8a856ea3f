// Original file: proto/k2/v1/feed.proto


export interface FeedSymbolsRequest {
  'exchange'?: (string);
}

export interface FeedSymbolsRequest__Output {
  'exchange': (string);
}
