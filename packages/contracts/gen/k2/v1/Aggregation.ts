// Original file: proto/k2/v1/market.proto

import type { Long } from '@grpc/proto-loader';

export interface Aggregation {
  'symbol'?: (string);
  'exchange'?: (string);
  'timestampMicros'?: (number | string | Long);
  'side'?: (string);
  'priceLevel'?: (string);
  'priceLevelEnd'?: (string);
  'tradeCount'?: (number | string | Long);
  'volume'?: (string);
  'notional'?: (string);
  'openPrice'?: (string);
  'closePrice'?: (string);
  'minPrice'?: (string);
  'maxPrice'?: (string);
  'avgPrice'?: (string);
  'vwap'?: (string);
  'twap'?: (string);
  '_symbol'?: "symbol";
  '_exchange'?: "exchange";
  '_timestampMicros'?: "timestampMicros";
  '_side'?: "side";
  '_priceLevel'?: "priceLevel";
  '_priceLevelEnd'?: "priceLevelEnd";
  '_tradeCount'?: "tradeCount";
  '_volume'?: "volume";
  '_notional'?: "notional";
  '_openPrice'?: "openPrice";
  '_closePrice'?: "closePrice";
  '_minPrice'?: "minPrice";
  '_maxPrice'?: "maxPrice";
  '_avgPrice'?: "avgPrice";
  '_vwap'?: "vwap";
  '_twap'?: "twap";
}

export interface Aggregation__Output {
  'symbol'?: (string);
  'exchange'?: (string);
  'timestampMicros'?: (string);
  'side'?: (string);
  'priceLevel'?: (string);
  'priceLevelEnd'?: (string);
  'tradeCount'?: (string);
  'volume'?: (string);
  'notional'?: (string);
  'openPrice'?: (string);
  'closePrice'?: (string);
  'minPrice'?: (string);
  'maxPrice'?: (string);
  'avgPrice'?: (string);
  'vwap'?: (string);
  'twap'?: (string);
  '_symbol'?: "symbol";
  '_exchange'?: "exchange";
  '_timestampMicros'?: "timestampMicros";
  '_side'?: "side";
  '_priceLevel'?: "priceLevel";
  '_priceLevelEnd'?: "priceLevelEnd";
  '_tradeCount'?: "tradeCount";
  '_volume'?: "volume";
  '_notional'?: "notional";
  '_openPrice'?: "openPrice";
  '_closePrice'?: "closePrice";
  '_minPrice'?: "minPrice";
  '_maxPrice'?: "maxPrice";
  '_avgPrice'?: "avgPrice";
  '_vwap'?: "vwap";
  '_twap'?: "twap";
}
