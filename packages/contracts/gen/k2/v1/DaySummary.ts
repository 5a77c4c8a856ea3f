// Original file: proto/k2/v1/market.proto

import type { Long } from '@grpc/proto-loader';

export interface DaySummary {
  'symbol'?: (string);
  'exchange'?: (string);
  'date'?: (string);
  'openPrice'?: (string);
  'highPrice'?: (string);
  'lowPrice'?: (string);
  'closePrice'?: (string);
  'volume'?: (string);
  'tradeCount'?: (number | string | Long);
  'vwap'?: (string);
  '_vwap'?: "vwap";
}

export interface DaySummary__Output {
  'symbol': (string);
  'exchange': (string);
  'date': (string);
  'openPrice': (string);
  'highPrice': (string);
  'lowPrice': (string);
  'closePrice': (string);
  'volume': (string);
  'tradeCount': (string);
  'vwap'?: (string);
  '_vwap'?: "vwap";
}
