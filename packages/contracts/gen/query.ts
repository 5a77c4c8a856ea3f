import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Aggregation as _k2_v1_Aggregation, Aggregation__Output as _k2_v1_Aggregation__Output } from './k2/v1/Aggregation.ts';
import type { Bar as _k2_v1_Bar, Bar__Output as _k2_v1_Bar__Output } from './k2/v1/Bar.ts';
import type { DaySummary as _k2_v1_DaySummary, DaySummary__Output as _k2_v1_DaySummary__Output } from './k2/v1/DaySummary.ts';
import type { Degradation as _k2_v1_Degradation, Degradation__Output as _k2_v1_Degradation__Output } from './k2/v1/Degradation.ts';
import type { FollowBatch as _k2_v1_FollowBatch, FollowBatch__Output as _k2_v1_FollowBatch__Output } from './k2/v1/FollowBatch.ts';
import type { FollowRequest as _k2_v1_FollowRequest, FollowRequest__Output as _k2_v1_FollowRequest__Output } from './k2/v1/FollowRequest.ts';
import type { Gap as _k2_v1_Gap, Gap__Output as _k2_v1_Gap__Output } from './k2/v1/Gap.ts';
import type { GapCoverage as _k2_v1_GapCoverage, GapCoverage__Output as _k2_v1_GapCoverage__Output } from './k2/v1/GapCoverage.ts';
import type { GetAggregationsRequest as _k2_v1_GetAggregationsRequest, GetAggregationsRequest__Output as _k2_v1_GetAggregationsRequest__Output } from './k2/v1/GetAggregationsRequest.ts';
import type { GetAggregationsResponse as _k2_v1_GetAggregationsResponse, GetAggregationsResponse__Output as _k2_v1_GetAggregationsResponse__Output } from './k2/v1/GetAggregationsResponse.ts';
import type { GetAsOfRequest as _k2_v1_GetAsOfRequest, GetAsOfRequest__Output as _k2_v1_GetAsOfRequest__Output } from './k2/v1/GetAsOfRequest.ts';
import type { GetAsOfResponse as _k2_v1_GetAsOfResponse, GetAsOfResponse__Output as _k2_v1_GetAsOfResponse__Output } from './k2/v1/GetAsOfResponse.ts';
import type { GetDegradationRequest as _k2_v1_GetDegradationRequest, GetDegradationRequest__Output as _k2_v1_GetDegradationRequest__Output } from './k2/v1/GetDegradationRequest.ts';
import type { GetDegradationResponse as _k2_v1_GetDegradationResponse, GetDegradationResponse__Output as _k2_v1_GetDegradationResponse__Output } from './k2/v1/GetDegradationResponse.ts';
import type { GetGapCoverageRequest as _k2_v1_GetGapCoverageRequest, GetGapCoverageRequest__Output as _k2_v1_GetGapCoverageRequest__Output } from './k2/v1/GetGapCoverageRequest.ts';
import type { GetGapCoverageResponse as _k2_v1_GetGapCoverageResponse, GetGapCoverageResponse__Output as _k2_v1_GetGapCoverageResponse__Output } from './k2/v1/GetGapCoverageResponse.ts';
import type { GetOhlcvBatchRequest as _k2_v1_GetOhlcvBatchRequest, GetOhlcvBatchRequest__Output as _k2_v1_GetOhlcvBatchRequest__Output } from './k2/v1/GetOhlcvBatchRequest.ts';
import type { GetOhlcvBatchResponse as _k2_v1_GetOhlcvBatchResponse, GetOhlcvBatchResponse__Output as _k2_v1_GetOhlcvBatchResponse__Output } from './k2/v1/GetOhlcvBatchResponse.ts';
import type { GetOhlcvRequest as _k2_v1_GetOhlcvRequest, GetOhlcvRequest__Output as _k2_v1_GetOhlcvRequest__Output } from './k2/v1/GetOhlcvRequest.ts';
import type { GetOhlcvResponse as _k2_v1_GetOhlcvResponse, GetOhlcvResponse__Output as _k2_v1_GetOhlcvResponse__Output } from './k2/v1/GetOhlcvResponse.ts';
import type { GetQuotesRequest as _k2_v1_GetQuotesRequest, GetQuotesRequest__Output as _k2_v1_GetQuotesRequest__Output } from './k2/v1/GetQuotesRequest.ts';
import type { GetQuotesResponse as _k2_v1_GetQuotesResponse, GetQuotesResponse__Output as _k2_v1_GetQuotesResponse__Output } from './k2/v1/GetQuotesResponse.ts';
import type { GetRecentTradesRequest as _k2_v1_GetRecentTradesRequest, GetRecentTradesRequest__Output as _k2_v1_GetRecentTradesRequest__Output } from './k2/v1/GetRecentTradesRequest.ts';
import type { GetRecentTradesResponse as _k2_v1_GetRecentTradesResponse, GetRecentTradesResponse__Output as _k2_v1_GetRecentTradesResponse__Output } from './k2/v1/GetRecentTradesResponse.ts';
import type { GetReferenceRequest as _k2_v1_GetReferenceRequest, GetReferenceRequest__Output as _k2_v1_GetReferenceRequest__Output } from './k2/v1/GetReferenceRequest.ts';
import type { GetReferenceResponse as _k2_v1_GetReferenceResponse, GetReferenceResponse__Output as _k2_v1_GetReferenceResponse__Output } from './k2/v1/GetReferenceResponse.ts';
import type { GetStatsRequest as _k2_v1_GetStatsRequest, GetStatsRequest__Output as _k2_v1_GetStatsRequest__Output } from './k2/v1/GetStatsRequest.ts';
import type { GetStatsResponse as _k2_v1_GetStatsResponse, GetStatsResponse__Output as _k2_v1_GetStatsResponse__Output } from './k2/v1/GetStatsResponse.ts';
import type { GetSummaryRequest as _k2_v1_GetSummaryRequest, GetSummaryRequest__Output as _k2_v1_GetSummaryRequest__Output } from './k2/v1/GetSummaryRequest.ts';
import type { GetSummaryResponse as _k2_v1_GetSummaryResponse, GetSummaryResponse__Output as _k2_v1_GetSummaryResponse__Output } from './k2/v1/GetSummaryResponse.ts';
import type { GetTradesRequest as _k2_v1_GetTradesRequest, GetTradesRequest__Output as _k2_v1_GetTradesRequest__Output } from './k2/v1/GetTradesRequest.ts';
import type { GetTradesResponse as _k2_v1_GetTradesResponse, GetTradesResponse__Output as _k2_v1_GetTradesResponse__Output } from './k2/v1/GetTradesResponse.ts';
import type { LedgerGap as _k2_v1_LedgerGap, LedgerGap__Output as _k2_v1_LedgerGap__Output } from './k2/v1/LedgerGap.ts';
import type { LedgerOfGaps as _k2_v1_LedgerOfGaps, LedgerOfGaps__Output as _k2_v1_LedgerOfGaps__Output } from './k2/v1/LedgerOfGaps.ts';
import type { ListGapsRequest as _k2_v1_ListGapsRequest, ListGapsRequest__Output as _k2_v1_ListGapsRequest__Output } from './k2/v1/ListGapsRequest.ts';
import type { ListGapsResponse as _k2_v1_ListGapsResponse, ListGapsResponse__Output as _k2_v1_ListGapsResponse__Output } from './k2/v1/ListGapsResponse.ts';
import type { ListLedgerGapsRequest as _k2_v1_ListLedgerGapsRequest, ListLedgerGapsRequest__Output as _k2_v1_ListLedgerGapsRequest__Output } from './k2/v1/ListLedgerGapsRequest.ts';
import type { ListLedgerGapsResponse as _k2_v1_ListLedgerGapsResponse, ListLedgerGapsResponse__Output as _k2_v1_ListLedgerGapsResponse__Output } from './k2/v1/ListLedgerGapsResponse.ts';
import type { ListSnapshotsRequest as _k2_v1_ListSnapshotsRequest, ListSnapshotsRequest__Output as _k2_v1_ListSnapshotsRequest__Output } from './k2/v1/ListSnapshotsRequest.ts';
import type { ListSnapshotsResponse as _k2_v1_ListSnapshotsResponse, ListSnapshotsResponse__Output as _k2_v1_ListSnapshotsResponse__Output } from './k2/v1/ListSnapshotsResponse.ts';
import type { ListSymbolsRequest as _k2_v1_ListSymbolsRequest, ListSymbolsRequest__Output as _k2_v1_ListSymbolsRequest__Output } from './k2/v1/ListSymbolsRequest.ts';
import type { ListSymbolsResponse as _k2_v1_ListSymbolsResponse, ListSymbolsResponse__Output as _k2_v1_ListSymbolsResponse__Output } from './k2/v1/ListSymbolsResponse.ts';
import type { ListedSymbol as _k2_v1_ListedSymbol, ListedSymbol__Output as _k2_v1_ListedSymbol__Output } from './k2/v1/ListedSymbol.ts';
import type { Meta as _k2_v1_Meta, Meta__Output as _k2_v1_Meta__Output } from './k2/v1/Meta.ts';
import type { OffsetRange as _k2_v1_OffsetRange, OffsetRange__Output as _k2_v1_OffsetRange__Output } from './k2/v1/OffsetRange.ts';
import type { OpenRange as _k2_v1_OpenRange, OpenRange__Output as _k2_v1_OpenRange__Output } from './k2/v1/OpenRange.ts';
import type { QueryQuotesRequest as _k2_v1_QueryQuotesRequest, QueryQuotesRequest__Output as _k2_v1_QueryQuotesRequest__Output } from './k2/v1/QueryQuotesRequest.ts';
import type { QueryQuotesResponse as _k2_v1_QueryQuotesResponse, QueryQuotesResponse__Output as _k2_v1_QueryQuotesResponse__Output } from './k2/v1/QueryQuotesResponse.ts';
import type { QueryServiceClient as _k2_v1_QueryServiceClient, QueryServiceDefinition as _k2_v1_QueryServiceDefinition } from './k2/v1/QueryService.ts';
import type { QueryTradesRequest as _k2_v1_QueryTradesRequest, QueryTradesRequest__Output as _k2_v1_QueryTradesRequest__Output } from './k2/v1/QueryTradesRequest.ts';
import type { QueryTradesResponse as _k2_v1_QueryTradesResponse, QueryTradesResponse__Output as _k2_v1_QueryTradesResponse__Output } from './k2/v1/QueryTradesResponse.ts';
import type { Quote as _k2_v1_Quote, Quote__Output as _k2_v1_Quote__Output } from './k2/v1/Quote.ts';
import type { ReadPartition as _k2_v1_ReadPartition, ReadPartition__Output as _k2_v1_ReadPartition__Output } from './k2/v1/ReadPartition.ts';
import type { ReadPlan as _k2_v1_ReadPlan, ReadPlan__Output as _k2_v1_ReadPlan__Output } from './k2/v1/ReadPlan.ts';
import type { Reference as _k2_v1_Reference, Reference__Output as _k2_v1_Reference__Output } from './k2/v1/Reference.ts';
import type { ReplayBatch as _k2_v1_ReplayBatch, ReplayBatch__Output as _k2_v1_ReplayBatch__Output } from './k2/v1/ReplayBatch.ts';
import type { ReplayRequest as _k2_v1_ReplayRequest, ReplayRequest__Output as _k2_v1_ReplayRequest__Output } from './k2/v1/ReplayRequest.ts';
import type { Snapshot as _k2_v1_Snapshot, Snapshot__Output as _k2_v1_Snapshot__Output } from './k2/v1/Snapshot.ts';
import type { TableSnapshot as _k2_v1_TableSnapshot, TableSnapshot__Output as _k2_v1_TableSnapshot__Output } from './k2/v1/TableSnapshot.ts';
import type { TableStats as _k2_v1_TableStats, TableStats__Output as _k2_v1_TableStats__Output } from './k2/v1/TableStats.ts';
import type { TimeframeBar as _k2_v1_TimeframeBar, TimeframeBar__Output as _k2_v1_TimeframeBar__Output } from './k2/v1/TimeframeBar.ts';
import type { Trade as _k2_v1_Trade, Trade__Output as _k2_v1_Trade__Output } from './k2/v1/Trade.ts';
import type { TradeAsOf as _k2_v1_TradeAsOf, TradeAsOf__Output as _k2_v1_TradeAsOf__Output } from './k2/v1/TradeAsOf.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  k2: {
    v1: {
      Aggregation: MessageTypeDefinition<_k2_v1_Aggregation, _k2_v1_Aggregation__Output>
      Bar: MessageTypeDefinition<_k2_v1_Bar, _k2_v1_Bar__Output>
      Calendar: EnumTypeDefinition
      DaySummary: MessageTypeDefinition<_k2_v1_DaySummary, _k2_v1_DaySummary__Output>
      Degradation: MessageTypeDefinition<_k2_v1_Degradation, _k2_v1_Degradation__Output>
      FollowBatch: MessageTypeDefinition<_k2_v1_FollowBatch, _k2_v1_FollowBatch__Output>
      FollowRequest: MessageTypeDefinition<_k2_v1_FollowRequest, _k2_v1_FollowRequest__Output>
      Gap: MessageTypeDefinition<_k2_v1_Gap, _k2_v1_Gap__Output>
      GapCoverage: MessageTypeDefinition<_k2_v1_GapCoverage, _k2_v1_GapCoverage__Output>
      GetAggregationsRequest: MessageTypeDefinition<_k2_v1_GetAggregationsRequest, _k2_v1_GetAggregationsRequest__Output>
      GetAggregationsResponse: MessageTypeDefinition<_k2_v1_GetAggregationsResponse, _k2_v1_GetAggregationsResponse__Output>
      GetAsOfRequest: MessageTypeDefinition<_k2_v1_GetAsOfRequest, _k2_v1_GetAsOfRequest__Output>
      GetAsOfResponse: MessageTypeDefinition<_k2_v1_GetAsOfResponse, _k2_v1_GetAsOfResponse__Output>
      GetDegradationRequest: MessageTypeDefinition<_k2_v1_GetDegradationRequest, _k2_v1_GetDegradationRequest__Output>
      GetDegradationResponse: MessageTypeDefinition<_k2_v1_GetDegradationResponse, _k2_v1_GetDegradationResponse__Output>
      GetGapCoverageRequest: MessageTypeDefinition<_k2_v1_GetGapCoverageRequest, _k2_v1_GetGapCoverageRequest__Output>
      GetGapCoverageResponse: MessageTypeDefinition<_k2_v1_GetGapCoverageResponse, _k2_v1_GetGapCoverageResponse__Output>
      GetOhlcvBatchRequest: MessageTypeDefinition<_k2_v1_GetOhlcvBatchRequest, _k2_v1_GetOhlcvBatchRequest__Output>
      GetOhlcvBatchResponse: MessageTypeDefinition<_k2_v1_GetOhlcvBatchResponse, _k2_v1_GetOhlcvBatchResponse__Output>
      GetOhlcvRequest: MessageTypeDefinition<_k2_v1_GetOhlcvRequest, _k2_v1_GetOhlcvRequest__Output>
      GetOhlcvResponse: MessageTypeDefinition<_k2_v1_GetOhlcvResponse, _k2_v1_GetOhlcvResponse__Output>
      GetQuotesRequest: MessageTypeDefinition<_k2_v1_GetQuotesRequest, _k2_v1_GetQuotesRequest__Output>
      GetQuotesResponse: MessageTypeDefinition<_k2_v1_GetQuotesResponse, _k2_v1_GetQuotesResponse__Output>
      GetRecentTradesRequest: MessageTypeDefinition<_k2_v1_GetRecentTradesRequest, _k2_v1_GetRecentTradesRequest__Output>
      GetRecentTradesResponse: MessageTypeDefinition<_k2_v1_GetRecentTradesResponse, _k2_v1_GetRecentTradesResponse__Output>
      GetReferenceRequest: MessageTypeDefinition<_k2_v1_GetReferenceRequest, _k2_v1_GetReferenceRequest__Output>
      GetReferenceResponse: MessageTypeDefinition<_k2_v1_GetReferenceResponse, _k2_v1_GetReferenceResponse__Output>
      GetStatsRequest: MessageTypeDefinition<_k2_v1_GetStatsRequest, _k2_v1_GetStatsRequest__Output>
      GetStatsResponse: MessageTypeDefinition<_k2_v1_GetStatsResponse, _k2_v1_GetStatsResponse__Output>
      GetSummaryRequest: MessageTypeDefinition<_k2_v1_GetSummaryRequest, _k2_v1_GetSummaryRequest__Output>
      GetSummaryResponse: MessageTypeDefinition<_k2_v1_GetSummaryResponse, _k2_v1_GetSummaryResponse__Output>
      GetTradesRequest: MessageTypeDefinition<_k2_v1_GetTradesRequest, _k2_v1_GetTradesRequest__Output>
      GetTradesResponse: MessageTypeDefinition<_k2_v1_GetTradesResponse, _k2_v1_GetTradesResponse__Output>
      LedgerGap: MessageTypeDefinition<_k2_v1_LedgerGap, _k2_v1_LedgerGap__Output>
      LedgerOfGaps: MessageTypeDefinition<_k2_v1_LedgerOfGaps, _k2_v1_LedgerOfGaps__Output>
      ListGapsRequest: MessageTypeDefinition<_k2_v1_ListGapsRequest, _k2_v1_ListGapsRequest__Output>
      ListGapsResponse: MessageTypeDefinition<_k2_v1_ListGapsResponse, _k2_v1_ListGapsResponse__Output>
      ListLedgerGapsRequest: MessageTypeDefinition<_k2_v1_ListLedgerGapsRequest, _k2_v1_ListLedgerGapsRequest__Output>
      ListLedgerGapsResponse: MessageTypeDefinition<_k2_v1_ListLedgerGapsResponse, _k2_v1_ListLedgerGapsResponse__Output>
      ListSnapshotsRequest: MessageTypeDefinition<_k2_v1_ListSnapshotsRequest, _k2_v1_ListSnapshotsRequest__Output>
      ListSnapshotsResponse: MessageTypeDefinition<_k2_v1_ListSnapshotsResponse, _k2_v1_ListSnapshotsResponse__Output>
      ListSymbolsRequest: MessageTypeDefinition<_k2_v1_ListSymbolsRequest, _k2_v1_ListSymbolsRequest__Output>
      ListSymbolsResponse: MessageTypeDefinition<_k2_v1_ListSymbolsResponse, _k2_v1_ListSymbolsResponse__Output>
      ListedSymbol: MessageTypeDefinition<_k2_v1_ListedSymbol, _k2_v1_ListedSymbol__Output>
      Meta: MessageTypeDefinition<_k2_v1_Meta, _k2_v1_Meta__Output>
      OffsetRange: MessageTypeDefinition<_k2_v1_OffsetRange, _k2_v1_OffsetRange__Output>
      OpenRange: MessageTypeDefinition<_k2_v1_OpenRange, _k2_v1_OpenRange__Output>
      Order: EnumTypeDefinition
      QueryQuotesRequest: MessageTypeDefinition<_k2_v1_QueryQuotesRequest, _k2_v1_QueryQuotesRequest__Output>
      QueryQuotesResponse: MessageTypeDefinition<_k2_v1_QueryQuotesResponse, _k2_v1_QueryQuotesResponse__Output>
      QueryService: SubtypeConstructor<typeof grpc.Client, _k2_v1_QueryServiceClient> & { service: _k2_v1_QueryServiceDefinition }
      QueryTradesRequest: MessageTypeDefinition<_k2_v1_QueryTradesRequest, _k2_v1_QueryTradesRequest__Output>
      QueryTradesResponse: MessageTypeDefinition<_k2_v1_QueryTradesResponse, _k2_v1_QueryTradesResponse__Output>
      Quote: MessageTypeDefinition<_k2_v1_Quote, _k2_v1_Quote__Output>
      ReadPartition: MessageTypeDefinition<_k2_v1_ReadPartition, _k2_v1_ReadPartition__Output>
      ReadPlan: MessageTypeDefinition<_k2_v1_ReadPlan, _k2_v1_ReadPlan__Output>
      Reference: MessageTypeDefinition<_k2_v1_Reference, _k2_v1_Reference__Output>
      ReplayBatch: MessageTypeDefinition<_k2_v1_ReplayBatch, _k2_v1_ReplayBatch__Output>
      ReplayRequest: MessageTypeDefinition<_k2_v1_ReplayRequest, _k2_v1_ReplayRequest__Output>
      Snapshot: MessageTypeDefinition<_k2_v1_Snapshot, _k2_v1_Snapshot__Output>
      Source: EnumTypeDefinition
      TableSnapshot: MessageTypeDefinition<_k2_v1_TableSnapshot, _k2_v1_TableSnapshot__Output>
      TableStats: MessageTypeDefinition<_k2_v1_TableStats, _k2_v1_TableStats__Output>
      TimeframeBar: MessageTypeDefinition<_k2_v1_TimeframeBar, _k2_v1_TimeframeBar__Output>
      Trade: MessageTypeDefinition<_k2_v1_Trade, _k2_v1_Trade__Output>
      TradeAsOf: MessageTypeDefinition<_k2_v1_TradeAsOf, _k2_v1_TradeAsOf__Output>
    }
  }
}

