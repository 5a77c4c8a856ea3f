// Original file: proto/k2/v1/query.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { FollowBatch as _k2_v1_FollowBatch, FollowBatch__Output as _k2_v1_FollowBatch__Output } from '../../k2/v1/FollowBatch.ts';
import type { FollowRequest as _k2_v1_FollowRequest, FollowRequest__Output as _k2_v1_FollowRequest__Output } from '../../k2/v1/FollowRequest.ts';
import type { GetAggregationsRequest as _k2_v1_GetAggregationsRequest, GetAggregationsRequest__Output as _k2_v1_GetAggregationsRequest__Output } from '../../k2/v1/GetAggregationsRequest.ts';
import type { GetAggregationsResponse as _k2_v1_GetAggregationsResponse, GetAggregationsResponse__Output as _k2_v1_GetAggregationsResponse__Output } from '../../k2/v1/GetAggregationsResponse.ts';
import type { GetAsOfRequest as _k2_v1_GetAsOfRequest, GetAsOfRequest__Output as _k2_v1_GetAsOfRequest__Output } from '../../k2/v1/GetAsOfRequest.ts';
import type { GetAsOfResponse as _k2_v1_GetAsOfResponse, GetAsOfResponse__Output as _k2_v1_GetAsOfResponse__Output } from '../../k2/v1/GetAsOfResponse.ts';
import type { GetDegradationRequest as _k2_v1_GetDegradationRequest, GetDegradationRequest__Output as _k2_v1_GetDegradationRequest__Output } from '../../k2/v1/GetDegradationRequest.ts';
import type { GetDegradationResponse as _k2_v1_GetDegradationResponse, GetDegradationResponse__Output as _k2_v1_GetDegradationResponse__Output } from '../../k2/v1/GetDegradationResponse.ts';
import type { GetGapCoverageRequest as _k2_v1_GetGapCoverageRequest, GetGapCoverageRequest__Output as _k2_v1_GetGapCoverageRequest__Output } from '../../k2/v1/GetGapCoverageRequest.ts';
import type { GetGapCoverageResponse as _k2_v1_GetGapCoverageResponse, GetGapCoverageResponse__Output as _k2_v1_GetGapCoverageResponse__Output } from '../../k2/v1/GetGapCoverageResponse.ts';
import type { GetOhlcvBatchRequest as _k2_v1_GetOhlcvBatchRequest, GetOhlcvBatchRequest__Output as _k2_v1_GetOhlcvBatchRequest__Output } from '../../k2/v1/GetOhlcvBatchRequest.ts';
import type { GetOhlcvBatchResponse as _k2_v1_GetOhlcvBatchResponse, GetOhlcvBatchResponse__Output as _k2_v1_GetOhlcvBatchResponse__Output } from '../../k2/v1/GetOhlcvBatchResponse.ts';
import type { GetOhlcvRequest as _k2_v1_GetOhlcvRequest, GetOhlcvRequest__Output as _k2_v1_GetOhlcvRequest__Output } from '../../k2/v1/GetOhlcvRequest.ts';
import type { GetOhlcvResponse as _k2_v1_GetOhlcvResponse, GetOhlcvResponse__Output as _k2_v1_GetOhlcvResponse__Output } from '../../k2/v1/GetOhlcvResponse.ts';
import type { GetQuotesRequest as _k2_v1_GetQuotesRequest, GetQuotesRequest__Output as _k2_v1_GetQuotesRequest__Output } from '../../k2/v1/GetQuotesRequest.ts';
import type { GetQuotesResponse as _k2_v1_GetQuotesResponse, GetQuotesResponse__Output as _k2_v1_GetQuotesResponse__Output } from '../../k2/v1/GetQuotesResponse.ts';
import type { GetRecentTradesRequest as _k2_v1_GetRecentTradesRequest, GetRecentTradesRequest__Output as _k2_v1_GetRecentTradesRequest__Output } from '../../k2/v1/GetRecentTradesRequest.ts';
import type { GetRecentTradesResponse as _k2_v1_GetRecentTradesResponse, GetRecentTradesResponse__Output as _k2_v1_GetRecentTradesResponse__Output } from '../../k2/v1/GetRecentTradesResponse.ts';
import type { GetReferenceRequest as _k2_v1_GetReferenceRequest, GetReferenceRequest__Output as _k2_v1_GetReferenceRequest__Output } from '../../k2/v1/GetReferenceRequest.ts';
import type { GetReferenceResponse as _k2_v1_GetReferenceResponse, GetReferenceResponse__Output as _k2_v1_GetReferenceResponse__Output } from '../../k2/v1/GetReferenceResponse.ts';
import type { GetStatsRequest as _k2_v1_GetStatsRequest, GetStatsRequest__Output as _k2_v1_GetStatsRequest__Output } from '../../k2/v1/GetStatsRequest.ts';
import type { GetStatsResponse as _k2_v1_GetStatsResponse, GetStatsResponse__Output as _k2_v1_GetStatsResponse__Output } from '../../k2/v1/GetStatsResponse.ts';
import type { GetSummaryRequest as _k2_v1_GetSummaryRequest, GetSummaryRequest__Output as _k2_v1_GetSummaryRequest__Output } from '../../k2/v1/GetSummaryRequest.ts';
import type { GetSummaryResponse as _k2_v1_GetSummaryResponse, GetSummaryResponse__Output as _k2_v1_GetSummaryResponse__Output } from '../../k2/v1/GetSummaryResponse.ts';
import type { GetTradesRequest as _k2_v1_GetTradesRequest, GetTradesRequest__Output as _k2_v1_GetTradesRequest__Output } from '../../k2/v1/GetTradesRequest.ts';
import type { GetTradesResponse as _k2_v1_GetTradesResponse, GetTradesResponse__Output as _k2_v1_GetTradesResponse__Output } from '../../k2/v1/GetTradesResponse.ts';
import type { ListGapsRequest as _k2_v1_ListGapsRequest, ListGapsRequest__Output as _k2_v1_ListGapsRequest__Output } from '../../k2/v1/ListGapsRequest.ts';
import type { ListGapsResponse as _k2_v1_ListGapsResponse, ListGapsResponse__Output as _k2_v1_ListGapsResponse__Output } from '../../k2/v1/ListGapsResponse.ts';
import type { ListLedgerGapsRequest as _k2_v1_ListLedgerGapsRequest, ListLedgerGapsRequest__Output as _k2_v1_ListLedgerGapsRequest__Output } from '../../k2/v1/ListLedgerGapsRequest.ts';
import type { ListLedgerGapsResponse as _k2_v1_ListLedgerGapsResponse, ListLedgerGapsResponse__Output as _k2_v1_ListLedgerGapsResponse__Output } from '../../k2/v1/ListLedgerGapsResponse.ts';
import type { ListSnapshotsRequest as _k2_v1_ListSnapshotsRequest, ListSnapshotsRequest__Output as _k2_v1_ListSnapshotsRequest__Output } from '../../k2/v1/ListSnapshotsRequest.ts';
import type { ListSnapshotsResponse as _k2_v1_ListSnapshotsResponse, ListSnapshotsResponse__Output as _k2_v1_ListSnapshotsResponse__Output } from '../../k2/v1/ListSnapshotsResponse.ts';
import type { ListSymbolsRequest as _k2_v1_ListSymbolsRequest, ListSymbolsRequest__Output as _k2_v1_ListSymbolsRequest__Output } from '../../k2/v1/ListSymbolsRequest.ts';
import type { ListSymbolsResponse as _k2_v1_ListSymbolsResponse, ListSymbolsResponse__Output as _k2_v1_ListSymbolsResponse__Output } from '../../k2/v1/ListSymbolsResponse.ts';
import type { QueryQuotesRequest as _k2_v1_QueryQuotesRequest, QueryQuotesRequest__Output as _k2_v1_QueryQuotesRequest__Output } from '../../k2/v1/QueryQuotesRequest.ts';
import type { QueryQuotesResponse as _k2_v1_QueryQuotesResponse, QueryQuotesResponse__Output as _k2_v1_QueryQuotesResponse__Output } from '../../k2/v1/QueryQuotesResponse.ts';
import type { QueryTradesRequest as _k2_v1_QueryTradesRequest, QueryTradesRequest__Output as _k2_v1_QueryTradesRequest__Output } from '../../k2/v1/QueryTradesRequest.ts';
import type { QueryTradesResponse as _k2_v1_QueryTradesResponse, QueryTradesResponse__Output as _k2_v1_QueryTradesResponse__Output } from '../../k2/v1/QueryTradesResponse.ts';
import type { ReplayBatch as _k2_v1_ReplayBatch, ReplayBatch__Output as _k2_v1_ReplayBatch__Output } from '../../k2/v1/ReplayBatch.ts';
import type { ReplayRequest as _k2_v1_ReplayRequest, ReplayRequest__Output as _k2_v1_ReplayRequest__Output } from '../../k2/v1/ReplayRequest.ts';

export interface QueryServiceClient extends grpc.Client {
  Follow(argument: _k2_v1_FollowRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_FollowBatch__Output>;
  Follow(argument: _k2_v1_FollowRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_FollowBatch__Output>;
  follow(argument: _k2_v1_FollowRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_FollowBatch__Output>;
  follow(argument: _k2_v1_FollowRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_FollowBatch__Output>;
  
  GetAggregations(argument: _k2_v1_GetAggregationsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetAggregationsResponse__Output>): grpc.ClientUnaryCall;
  GetAggregations(argument: _k2_v1_GetAggregationsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetAggregationsResponse__Output>): grpc.ClientUnaryCall;
  GetAggregations(argument: _k2_v1_GetAggregationsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetAggregationsResponse__Output>): grpc.ClientUnaryCall;
  GetAggregations(argument: _k2_v1_GetAggregationsRequest, callback: grpc.requestCallback<_k2_v1_GetAggregationsResponse__Output>): grpc.ClientUnaryCall;
  getAggregations(argument: _k2_v1_GetAggregationsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetAggregationsResponse__Output>): grpc.ClientUnaryCall;
  getAggregations(argument: _k2_v1_GetAggregationsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetAggregationsResponse__Output>): grpc.ClientUnaryCall;
  getAggregations(argument: _k2_v1_GetAggregationsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetAggregationsResponse__Output>): grpc.ClientUnaryCall;
  getAggregations(argument: _k2_v1_GetAggregationsRequest, callback: grpc.requestCallback<_k2_v1_GetAggregationsResponse__Output>): grpc.ClientUnaryCall;
  
  GetAsOf(argument: _k2_v1_GetAsOfRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetAsOfResponse__Output>): grpc.ClientUnaryCall;
  GetAsOf(argument: _k2_v1_GetAsOfRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetAsOfResponse__Output>): grpc.ClientUnaryCall;
  GetAsOf(argument: _k2_v1_GetAsOfRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetAsOfResponse__Output>): grpc.ClientUnaryCall;
  GetAsOf(argument: _k2_v1_GetAsOfRequest, callback: grpc.requestCallback<_k2_v1_GetAsOfResponse__Output>): grpc.ClientUnaryCall;
  getAsOf(argument: _k2_v1_GetAsOfRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetAsOfResponse__Output>): grpc.ClientUnaryCall;
  getAsOf(argument: _k2_v1_GetAsOfRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetAsOfResponse__Output>): grpc.ClientUnaryCall;
  getAsOf(argument: _k2_v1_GetAsOfRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetAsOfResponse__Output>): grpc.ClientUnaryCall;
  getAsOf(argument: _k2_v1_GetAsOfRequest, callback: grpc.requestCallback<_k2_v1_GetAsOfResponse__Output>): grpc.ClientUnaryCall;
  
  GetDegradation(argument: _k2_v1_GetDegradationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetDegradationResponse__Output>): grpc.ClientUnaryCall;
  GetDegradation(argument: _k2_v1_GetDegradationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetDegradationResponse__Output>): grpc.ClientUnaryCall;
  GetDegradation(argument: _k2_v1_GetDegradationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetDegradationResponse__Output>): grpc.ClientUnaryCall;
  GetDegradation(argument: _k2_v1_GetDegradationRequest, callback: grpc.requestCallback<_k2_v1_GetDegradationResponse__Output>): grpc.ClientUnaryCall;
  getDegradation(argument: _k2_v1_GetDegradationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetDegradationResponse__Output>): grpc.ClientUnaryCall;
  getDegradation(argument: _k2_v1_GetDegradationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetDegradationResponse__Output>): grpc.ClientUnaryCall;
  getDegradation(argument: _k2_v1_GetDegradationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetDegradationResponse__Output>): grpc.ClientUnaryCall;
  getDegradation(argument: _k2_v1_GetDegradationRequest, callback: grpc.requestCallback<_k2_v1_GetDegradationResponse__Output>): grpc.ClientUnaryCall;
  
  GetGapCoverage(argument: _k2_v1_GetGapCoverageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetGapCoverageResponse__Output>): grpc.ClientUnaryCall;
  GetGapCoverage(argument: _k2_v1_GetGapCoverageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetGapCoverageResponse__Output>): grpc.ClientUnaryCall;
  GetGapCoverage(argument: _k2_v1_GetGapCoverageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetGapCoverageResponse__Output>): grpc.ClientUnaryCall;
  GetGapCoverage(argument: _k2_v1_GetGapCoverageRequest, callback: grpc.requestCallback<_k2_v1_GetGapCoverageResponse__Output>): grpc.ClientUnaryCall;
  getGapCoverage(argument: _k2_v1_GetGapCoverageRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetGapCoverageResponse__Output>): grpc.ClientUnaryCall;
  getGapCoverage(argument: _k2_v1_GetGapCoverageRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetGapCoverageResponse__Output>): grpc.ClientUnaryCall;
  getGapCoverage(argument: _k2_v1_GetGapCoverageRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetGapCoverageResponse__Output>): grpc.ClientUnaryCall;
  getGapCoverage(argument: _k2_v1_GetGapCoverageRequest, callback: grpc.requestCallback<_k2_v1_GetGapCoverageResponse__Output>): grpc.ClientUnaryCall;
  
  GetOhlcv(argument: _k2_v1_GetOhlcvRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  GetOhlcv(argument: _k2_v1_GetOhlcvRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  GetOhlcv(argument: _k2_v1_GetOhlcvRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  GetOhlcv(argument: _k2_v1_GetOhlcvRequest, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  getOhlcv(argument: _k2_v1_GetOhlcvRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  getOhlcv(argument: _k2_v1_GetOhlcvRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  getOhlcv(argument: _k2_v1_GetOhlcvRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  getOhlcv(argument: _k2_v1_GetOhlcvRequest, callback: grpc.requestCallback<_k2_v1_GetOhlcvResponse__Output>): grpc.ClientUnaryCall;
  
  GetOhlcvBatch(argument: _k2_v1_GetOhlcvBatchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvBatchResponse__Output>): grpc.ClientUnaryCall;
  GetOhlcvBatch(argument: _k2_v1_GetOhlcvBatchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetOhlcvBatchResponse__Output>): grpc.ClientUnaryCall;
  GetOhlcvBatch(argument: _k2_v1_GetOhlcvBatchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvBatchResponse__Output>): grpc.ClientUnaryCall;
  GetOhlcvBatch(argument: _k2_v1_GetOhlcvBatchRequest, callback: grpc.requestCallback<_k2_v1_GetOhlcvBatchResponse__Output>): grpc.ClientUnaryCall;
  getOhlcvBatch(argument: _k2_v1_GetOhlcvBatchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvBatchResponse__Output>): grpc.ClientUnaryCall;
  getOhlcvBatch(argument: _k2_v1_GetOhlcvBatchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetOhlcvBatchResponse__Output>): grpc.ClientUnaryCall;
  getOhlcvBatch(argument: _k2_v1_GetOhlcvBatchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetOhlcvBatchResponse__Output>): grpc.ClientUnaryCall;
  getOhlcvBatch(argument: _k2_v1_GetOhlcvBatchRequest, callback: grpc.requestCallback<_k2_v1_GetOhlcvBatchResponse__Output>): grpc.ClientUnaryCall;
  
  GetQuotes(argument: _k2_v1_GetQuotesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetQuotesResponse__Output>): grpc.ClientUnaryCall;
  GetQuotes(argument: _k2_v1_GetQuotesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetQuotesResponse__Output>): grpc.ClientUnaryCall;
  GetQuotes(argument: _k2_v1_GetQuotesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetQuotesResponse__Output>): grpc.ClientUnaryCall;
  GetQuotes(argument: _k2_v1_GetQuotesRequest, callback: grpc.requestCallback<_k2_v1_GetQuotesResponse__Output>): grpc.ClientUnaryCall;
  getQuotes(argument: _k2_v1_GetQuotesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetQuotesResponse__Output>): grpc.ClientUnaryCall;
  getQuotes(argument: _k2_v1_GetQuotesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetQuotesResponse__Output>): grpc.ClientUnaryCall;
  getQuotes(argument: _k2_v1_GetQuotesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetQuotesResponse__Output>): grpc.ClientUnaryCall;
  getQuotes(argument: _k2_v1_GetQuotesRequest, callback: grpc.requestCallback<_k2_v1_GetQuotesResponse__Output>): grpc.ClientUnaryCall;
  
  GetRecentTrades(argument: _k2_v1_GetRecentTradesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetRecentTradesResponse__Output>): grpc.ClientUnaryCall;
  GetRecentTrades(argument: _k2_v1_GetRecentTradesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetRecentTradesResponse__Output>): grpc.ClientUnaryCall;
  GetRecentTrades(argument: _k2_v1_GetRecentTradesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetRecentTradesResponse__Output>): grpc.ClientUnaryCall;
  GetRecentTrades(argument: _k2_v1_GetRecentTradesRequest, callback: grpc.requestCallback<_k2_v1_GetRecentTradesResponse__Output>): grpc.ClientUnaryCall;
  getRecentTrades(argument: _k2_v1_GetRecentTradesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetRecentTradesResponse__Output>): grpc.ClientUnaryCall;
  getRecentTrades(argument: _k2_v1_GetRecentTradesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetRecentTradesResponse__Output>): grpc.ClientUnaryCall;
  getRecentTrades(argument: _k2_v1_GetRecentTradesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetRecentTradesResponse__Output>): grpc.ClientUnaryCall;
  getRecentTrades(argument: _k2_v1_GetRecentTradesRequest, callback: grpc.requestCallback<_k2_v1_GetRecentTradesResponse__Output>): grpc.ClientUnaryCall;
  
  GetReference(argument: _k2_v1_GetReferenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetReferenceResponse__Output>): grpc.ClientUnaryCall;
  GetReference(argument: _k2_v1_GetReferenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetReferenceResponse__Output>): grpc.ClientUnaryCall;
  GetReference(argument: _k2_v1_GetReferenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetReferenceResponse__Output>): grpc.ClientUnaryCall;
  GetReference(argument: _k2_v1_GetReferenceRequest, callback: grpc.requestCallback<_k2_v1_GetReferenceResponse__Output>): grpc.ClientUnaryCall;
  getReference(argument: _k2_v1_GetReferenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetReferenceResponse__Output>): grpc.ClientUnaryCall;
  getReference(argument: _k2_v1_GetReferenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetReferenceResponse__Output>): grpc.ClientUnaryCall;
  getReference(argument: _k2_v1_GetReferenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetReferenceResponse__Output>): grpc.ClientUnaryCall;
  getReference(argument: _k2_v1_GetReferenceRequest, callback: grpc.requestCallback<_k2_v1_GetReferenceResponse__Output>): grpc.ClientUnaryCall;
  
  GetStats(argument: _k2_v1_GetStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  GetStats(argument: _k2_v1_GetStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  GetStats(argument: _k2_v1_GetStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  GetStats(argument: _k2_v1_GetStatsRequest, callback: grpc.requestCallback<_k2_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _k2_v1_GetStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _k2_v1_GetStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _k2_v1_GetStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _k2_v1_GetStatsRequest, callback: grpc.requestCallback<_k2_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  
  GetSummary(argument: _k2_v1_GetSummaryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetSummaryResponse__Output>): grpc.ClientUnaryCall;
  GetSummary(argument: _k2_v1_GetSummaryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetSummaryResponse__Output>): grpc.ClientUnaryCall;
  GetSummary(argument: _k2_v1_GetSummaryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetSummaryResponse__Output>): grpc.ClientUnaryCall;
  GetSummary(argument: _k2_v1_GetSummaryRequest, callback: grpc.requestCallback<_k2_v1_GetSummaryResponse__Output>): grpc.ClientUnaryCall;
  getSummary(argument: _k2_v1_GetSummaryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetSummaryResponse__Output>): grpc.ClientUnaryCall;
  getSummary(argument: _k2_v1_GetSummaryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetSummaryResponse__Output>): grpc.ClientUnaryCall;
  getSummary(argument: _k2_v1_GetSummaryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetSummaryResponse__Output>): grpc.ClientUnaryCall;
  getSummary(argument: _k2_v1_GetSummaryRequest, callback: grpc.requestCallback<_k2_v1_GetSummaryResponse__Output>): grpc.ClientUnaryCall;
  
  GetTrades(argument: _k2_v1_GetTradesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  GetTrades(argument: _k2_v1_GetTradesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  GetTrades(argument: _k2_v1_GetTradesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  GetTrades(argument: _k2_v1_GetTradesRequest, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  getTrades(argument: _k2_v1_GetTradesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  getTrades(argument: _k2_v1_GetTradesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  getTrades(argument: _k2_v1_GetTradesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  getTrades(argument: _k2_v1_GetTradesRequest, callback: grpc.requestCallback<_k2_v1_GetTradesResponse__Output>): grpc.ClientUnaryCall;
  
  ListGaps(argument: _k2_v1_ListGapsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListGapsResponse__Output>): grpc.ClientUnaryCall;
  ListGaps(argument: _k2_v1_ListGapsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListGapsResponse__Output>): grpc.ClientUnaryCall;
  ListGaps(argument: _k2_v1_ListGapsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListGapsResponse__Output>): grpc.ClientUnaryCall;
  ListGaps(argument: _k2_v1_ListGapsRequest, callback: grpc.requestCallback<_k2_v1_ListGapsResponse__Output>): grpc.ClientUnaryCall;
  listGaps(argument: _k2_v1_ListGapsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListGapsResponse__Output>): grpc.ClientUnaryCall;
  listGaps(argument: _k2_v1_ListGapsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListGapsResponse__Output>): grpc.ClientUnaryCall;
  listGaps(argument: _k2_v1_ListGapsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListGapsResponse__Output>): grpc.ClientUnaryCall;
  listGaps(argument: _k2_v1_ListGapsRequest, callback: grpc.requestCallback<_k2_v1_ListGapsResponse__Output>): grpc.ClientUnaryCall;
  
  ListLedgerGaps(argument: _k2_v1_ListLedgerGapsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListLedgerGapsResponse__Output>): grpc.ClientUnaryCall;
  ListLedgerGaps(argument: _k2_v1_ListLedgerGapsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListLedgerGapsResponse__Output>): grpc.ClientUnaryCall;
  ListLedgerGaps(argument: _k2_v1_ListLedgerGapsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListLedgerGapsResponse__Output>): grpc.ClientUnaryCall;
  ListLedgerGaps(argument: _k2_v1_ListLedgerGapsRequest, callback: grpc.requestCallback<_k2_v1_ListLedgerGapsResponse__Output>): grpc.ClientUnaryCall;
  listLedgerGaps(argument: _k2_v1_ListLedgerGapsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListLedgerGapsResponse__Output>): grpc.ClientUnaryCall;
  listLedgerGaps(argument: _k2_v1_ListLedgerGapsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListLedgerGapsResponse__Output>): grpc.ClientUnaryCall;
  listLedgerGaps(argument: _k2_v1_ListLedgerGapsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListLedgerGapsResponse__Output>): grpc.ClientUnaryCall;
  listLedgerGaps(argument: _k2_v1_ListLedgerGapsRequest, callback: grpc.requestCallback<_k2_v1_ListLedgerGapsResponse__Output>): grpc.ClientUnaryCall;
  
  ListSnapshots(argument: _k2_v1_ListSnapshotsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  ListSnapshots(argument: _k2_v1_ListSnapshotsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  ListSnapshots(argument: _k2_v1_ListSnapshotsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  ListSnapshots(argument: _k2_v1_ListSnapshotsRequest, callback: grpc.requestCallback<_k2_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  listSnapshots(argument: _k2_v1_ListSnapshotsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  listSnapshots(argument: _k2_v1_ListSnapshotsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  listSnapshots(argument: _k2_v1_ListSnapshotsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  listSnapshots(argument: _k2_v1_ListSnapshotsRequest, callback: grpc.requestCallback<_k2_v1_ListSnapshotsResponse__Output>): grpc.ClientUnaryCall;
  
  ListSymbols(argument: _k2_v1_ListSymbolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSymbolsResponse__Output>): grpc.ClientUnaryCall;
  ListSymbols(argument: _k2_v1_ListSymbolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListSymbolsResponse__Output>): grpc.ClientUnaryCall;
  ListSymbols(argument: _k2_v1_ListSymbolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSymbolsResponse__Output>): grpc.ClientUnaryCall;
  ListSymbols(argument: _k2_v1_ListSymbolsRequest, callback: grpc.requestCallback<_k2_v1_ListSymbolsResponse__Output>): grpc.ClientUnaryCall;
  listSymbols(argument: _k2_v1_ListSymbolsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSymbolsResponse__Output>): grpc.ClientUnaryCall;
  listSymbols(argument: _k2_v1_ListSymbolsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_ListSymbolsResponse__Output>): grpc.ClientUnaryCall;
  listSymbols(argument: _k2_v1_ListSymbolsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_ListSymbolsResponse__Output>): grpc.ClientUnaryCall;
  listSymbols(argument: _k2_v1_ListSymbolsRequest, callback: grpc.requestCallback<_k2_v1_ListSymbolsResponse__Output>): grpc.ClientUnaryCall;
  
  QueryQuotes(argument: _k2_v1_QueryQuotesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_QueryQuotesResponse__Output>): grpc.ClientUnaryCall;
  QueryQuotes(argument: _k2_v1_QueryQuotesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_QueryQuotesResponse__Output>): grpc.ClientUnaryCall;
  QueryQuotes(argument: _k2_v1_QueryQuotesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_QueryQuotesResponse__Output>): grpc.ClientUnaryCall;
  QueryQuotes(argument: _k2_v1_QueryQuotesRequest, callback: grpc.requestCallback<_k2_v1_QueryQuotesResponse__Output>): grpc.ClientUnaryCall;
  queryQuotes(argument: _k2_v1_QueryQuotesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_QueryQuotesResponse__Output>): grpc.ClientUnaryCall;
  queryQuotes(argument: _k2_v1_QueryQuotesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_QueryQuotesResponse__Output>): grpc.ClientUnaryCall;
  queryQuotes(argument: _k2_v1_QueryQuotesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_QueryQuotesResponse__Output>): grpc.ClientUnaryCall;
  queryQuotes(argument: _k2_v1_QueryQuotesRequest, callback: grpc.requestCallback<_k2_v1_QueryQuotesResponse__Output>): grpc.ClientUnaryCall;
  
  QueryTrades(argument: _k2_v1_QueryTradesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_QueryTradesResponse__Output>): grpc.ClientUnaryCall;
  QueryTrades(argument: _k2_v1_QueryTradesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_QueryTradesResponse__Output>): grpc.ClientUnaryCall;
  QueryTrades(argument: _k2_v1_QueryTradesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_QueryTradesResponse__Output>): grpc.ClientUnaryCall;
  QueryTrades(argument: _k2_v1_QueryTradesRequest, callback: grpc.requestCallback<_k2_v1_QueryTradesResponse__Output>): grpc.ClientUnaryCall;
  queryTrades(argument: _k2_v1_QueryTradesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_QueryTradesResponse__Output>): grpc.ClientUnaryCall;
  queryTrades(argument: _k2_v1_QueryTradesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_k2_v1_QueryTradesResponse__Output>): grpc.ClientUnaryCall;
  queryTrades(argument: _k2_v1_QueryTradesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_k2_v1_QueryTradesResponse__Output>): grpc.ClientUnaryCall;
  queryTrades(argument: _k2_v1_QueryTradesRequest, callback: grpc.requestCallback<_k2_v1_QueryTradesResponse__Output>): grpc.ClientUnaryCall;
  
  Replay(argument: _k2_v1_ReplayRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_ReplayBatch__Output>;
  Replay(argument: _k2_v1_ReplayRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_ReplayBatch__Output>;
  replay(argument: _k2_v1_ReplayRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_ReplayBatch__Output>;
  replay(argument: _k2_v1_ReplayRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_k2_v1_ReplayBatch__Output>;
  
}

export interface QueryServiceHandlers extends grpc.UntypedServiceImplementation {
  Follow: grpc.handleServerStreamingCall<_k2_v1_FollowRequest__Output, _k2_v1_FollowBatch>;
  
  GetAggregations: grpc.handleUnaryCall<_k2_v1_GetAggregationsRequest__Output, _k2_v1_GetAggregationsResponse>;
  
  GetAsOf: grpc.handleUnaryCall<_k2_v1_GetAsOfRequest__Output, _k2_v1_GetAsOfResponse>;
  
  GetDegradation: grpc.handleUnaryCall<_k2_v1_GetDegradationRequest__Output, _k2_v1_GetDegradationResponse>;
  
  GetGapCoverage: grpc.handleUnaryCall<_k2_v1_GetGapCoverageRequest__Output, _k2_v1_GetGapCoverageResponse>;
  
  GetOhlcv: grpc.handleUnaryCall<_k2_v1_GetOhlcvRequest__Output, _k2_v1_GetOhlcvResponse>;
  
  GetOhlcvBatch: grpc.handleUnaryCall<_k2_v1_GetOhlcvBatchRequest__Output, _k2_v1_GetOhlcvBatchResponse>;
  
  GetQuotes: grpc.handleUnaryCall<_k2_v1_GetQuotesRequest__Output, _k2_v1_GetQuotesResponse>;
  
  GetRecentTrades: grpc.handleUnaryCall<_k2_v1_GetRecentTradesRequest__Output, _k2_v1_GetRecentTradesResponse>;
  
  GetReference: grpc.handleUnaryCall<_k2_v1_GetReferenceRequest__Output, _k2_v1_GetReferenceResponse>;
  
  GetStats: grpc.handleUnaryCall<_k2_v1_GetStatsRequest__Output, _k2_v1_GetStatsResponse>;
  
  GetSummary: grpc.handleUnaryCall<_k2_v1_GetSummaryRequest__Output, _k2_v1_GetSummaryResponse>;
  
  GetTrades: grpc.handleUnaryCall<_k2_v1_GetTradesRequest__Output, _k2_v1_GetTradesResponse>;
  
  ListGaps: grpc.handleUnaryCall<_k2_v1_ListGapsRequest__Output, _k2_v1_ListGapsResponse>;
  
  ListLedgerGaps: grpc.handleUnaryCall<_k2_v1_ListLedgerGapsRequest__Output, _k2_v1_ListLedgerGapsResponse>;
  
  ListSnapshots: grpc.handleUnaryCall<_k2_v1_ListSnapshotsRequest__Output, _k2_v1_ListSnapshotsResponse>;
  
  ListSymbols: grpc.handleUnaryCall<_k2_v1_ListSymbolsRequest__Output, _k2_v1_ListSymbolsResponse>;
  
  QueryQuotes: grpc.handleUnaryCall<_k2_v1_QueryQuotesRequest__Output, _k2_v1_QueryQuotesResponse>;
  
  QueryTrades: grpc.handleUnaryCall<_k2_v1_QueryTradesRequest__Output, _k2_v1_QueryTradesResponse>;
  
  Replay: grpc.handleServerStreamingCall<_k2_v1_ReplayRequest__Output, _k2_v1_ReplayBatch>;
  
}

export interface QueryServiceDefinition extends grpc.ServiceDefinition {
  Follow: MethodDefinition<_k2_v1_FollowRequest, _k2_v1_FollowBatch, _k2_v1_FollowRequest__Output, _k2_v1_FollowBatch__Output>
  GetAggregations: MethodDefinition<_k2_v1_GetAggregationsRequest, _k2_v1_GetAggregationsResponse, _k2_v1_GetAggregationsRequest__Output, _k2_v1_GetAggregationsResponse__Output>
  GetAsOf: MethodDefinition<_k2_v1_GetAsOfRequest, _k2_v1_GetAsOfResponse, _k2_v1_GetAsOfRequest__Output, _k2_v1_GetAsOfResponse__Output>
  GetDegradation: MethodDefinition<_k2_v1_GetDegradationRequest, _k2_v1_GetDegradationResponse, _k2_v1_GetDegradationRequest__Output, _k2_v1_GetDegradationResponse__Output>
  GetGapCoverage: MethodDefinition<_k2_v1_GetGapCoverageRequest, _k2_v1_GetGapCoverageResponse, _k2_v1_GetGapCoverageRequest__Output, _k2_v1_GetGapCoverageResponse__Output>
  GetOhlcv: MethodDefinition<_k2_v1_GetOhlcvRequest, _k2_v1_GetOhlcvResponse, _k2_v1_GetOhlcvRequest__Output, _k2_v1_GetOhlcvResponse__Output>
  GetOhlcvBatch: MethodDefinition<_k2_v1_GetOhlcvBatchRequest, _k2_v1_GetOhlcvBatchResponse, _k2_v1_GetOhlcvBatchRequest__Output, _k2_v1_GetOhlcvBatchResponse__Output>
  GetQuotes: MethodDefinition<_k2_v1_GetQuotesRequest, _k2_v1_GetQuotesResponse, _k2_v1_GetQuotesRequest__Output, _k2_v1_GetQuotesResponse__Output>
  GetRecentTrades: MethodDefinition<_k2_v1_GetRecentTradesRequest, _k2_v1_GetRecentTradesResponse, _k2_v1_GetRecentTradesRequest__Output, _k2_v1_GetRecentTradesResponse__Output>
  GetReference: MethodDefinition<_k2_v1_GetReferenceRequest, _k2_v1_GetReferenceResponse, _k2_v1_GetReferenceRequest__Output, _k2_v1_GetReferenceResponse__Output>
  GetStats: MethodDefinition<_k2_v1_GetStatsRequest, _k2_v1_GetStatsResponse, _k2_v1_GetStatsRequest__Output, _k2_v1_GetStatsResponse__Output>
  GetSummary: MethodDefinition<_k2_v1_GetSummaryRequest, _k2_v1_GetSummaryResponse, _k2_v1_GetSummaryRequest__Output, _k2_v1_GetSummaryResponse__Output>
  GetTrades: MethodDefinition<_k2_v1_GetTradesRequest, _k2_v1_GetTradesResponse, _k2_v1_GetTradesRequest__Output, _k2_v1_GetTradesResponse__Output>
  ListGaps: MethodDefinition<_k2_v1_ListGapsRequest, _k2_v1_ListGapsResponse, _k2_v1_ListGapsRequest__Output, _k2_v1_ListGapsResponse__Output>
  ListLedgerGaps: MethodDefinition<_k2_v1_ListLedgerGapsRequest, _k2_v1_ListLedgerGapsResponse, _k2_v1_ListLedgerGapsRequest__Output, _k2_v1_ListLedgerGapsResponse__Output>
  ListSnapshots: MethodDefinition<_k2_v1_ListSnapshotsRequest, _k2_v1_ListSnapshotsResponse, _k2_v1_ListSnapshotsRequest__Output, _k2_v1_ListSnapshotsResponse__Output>
  ListSymbols: MethodDefinition<_k2_v1_ListSymbolsRequest, _k2_v1_ListSymbolsResponse, _k2_v1_ListSymbolsRequest__Output, _k2_v1_ListSymbolsResponse__Output>
  QueryQuotes: MethodDefinition<_k2_v1_QueryQuotesRequest, _k2_v1_QueryQuotesResponse, _k2_v1_QueryQuotesRequest__Output, _k2_v1_QueryQuotesResponse__Output>
  QueryTrades: MethodDefinition<_k2_v1_QueryTradesRequest, _k2_v1_QueryTradesResponse, _k2_v1_QueryTradesRequest__Output, _k2_v1_QueryTradesResponse__Output>
  Replay: MethodDefinition<_k2_v1_ReplayRequest, _k2_v1_ReplayBatch, _k2_v1_ReplayRequest__Output, _k2_v1_ReplayBatch__Output>
}
