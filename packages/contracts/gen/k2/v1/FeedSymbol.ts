// Original file: proto/k2/v1/feed.proto


export interface FeedSymbol {
  'exchange'?: (string);
  'symbol'?: (string);
  'trouble'?: (string);
}

export interface FeedSymbol__Output {
  'exchange': (string);
  'symbol': (string);
  'trouble': (string);
}
