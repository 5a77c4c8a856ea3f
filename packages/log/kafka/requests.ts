/** What kafkajs's connections are asked and answer, as far as it is used: its modules below the index have no types. */

export interface Partitions {
  readonly topic: string
  readonly partitions: readonly object[]
}

export interface TopicMetadata {
  readonly topic: string
  readonly partitionMetadata: readonly {
    readonly partitionId: number
    readonly leader: number
    readonly replicas: readonly number[]
  }[]
}

export interface Metadata {
  readonly brokers: readonly { readonly nodeId: number; readonly host: string; readonly port: number }[]
  readonly controllerId: number
  readonly topicMetadata: readonly TopicMetadata[]
}

/** kafkajs's own wrapper of bytes. */
export interface Encoded {
  readonly buffer: Buffer
}

/** A request of our own: `encode` gives what follows the header. */
export interface Exchange<T> {
  readonly request: {
    readonly apiKey: number
    readonly apiVersion: number
    readonly apiName: string
    readonly encode: () => Promise<Encoded>
  }
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<{ readonly clientSideThrottleTime: number; readonly value: T }>
    readonly parse: (decoded: { readonly value: T }) => Promise<T>
  }
  readonly requestTimeout: number
  readonly logResponseError: boolean
}

export interface JoinedGroup {
  readonly generationId: number
  readonly leaderId: string
  readonly memberId: string
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[]
}

interface GroupOffsets {
  readonly responses: readonly {
    readonly topic: string
    readonly partitions: readonly { readonly partition: number; readonly offset: string; readonly errorCode: number }[]
  }[]
}

export interface Broker {
  readonly nodeId: number | null
  readonly connectionPool: { send<T>(exchange: Exchange<T>): Promise<T> }
  metadata(topics: readonly string[]): Promise<Metadata>
  initProducerId(of: {
    transactionTimeout: number
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>
  findGroupCoordinator(of: {
    groupId: string
    coordinatorType: 0
  }): Promise<{ readonly coordinator: { readonly nodeId: number } }>
  joinGroup(of: {
    groupId: string
    sessionTimeout: number
    rebalanceTimeout: number
    memberId: string
    groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[]
  }): Promise<JoinedGroup>
  syncGroup(of: {
    groupId: string
    generationId: number
    memberId: string
    groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[]
  }): Promise<{ readonly memberAssignment: Buffer }>
  heartbeat(of: { groupId: string; groupGenerationId: number; memberId: string }): Promise<unknown>
  leaveGroup(of: { groupId: string; memberId: string }): Promise<unknown>
  offsetCommit(of: {
    groupId: string
    groupGenerationId: number
    memberId: string
    topics: readonly Partitions[]
  }): Promise<unknown>
  offsetFetch(of: { groupId: string; topics: readonly Partitions[] }): Promise<GroupOffsets>
  listOffsets(of: { replicaId: -1; isolationLevel: 1; topics: readonly Partitions[] }): Promise<GroupOffsets>
  createTopics(of: { topics: readonly object[]; timeout: number }): Promise<unknown>
  createPartitions(of: {
    topicPartitions: readonly { readonly topic: string; readonly count: number }[]
    timeout: number
  }): Promise<unknown>
  describeConfigs(of: { resources: readonly object[] }): Promise<{
    readonly resources: readonly {
      readonly resourceName: string
      readonly configEntries: readonly { readonly configName: string; readonly configValue: string }[]
    }[]
  }>
  deleteRecords(of: { topics: readonly Partitions[] }): Promise<unknown>
}

export interface BrokerPool {
  readonly brokers: Readonly<Record<string, Broker>>
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(topics: readonly string[]): Promise<void>
  findBroker(of: { nodeId: number }): Promise<Broker>
  findConnectedBroker(): Promise<Broker>
}
