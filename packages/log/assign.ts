/**
 * Who reads what in a consumer group: all partitions of all topics in turn to the members that subscribe to them.
 *
 *   shape   ({ topics } of each member, partitions of a topic) -> for each member its partitions; pure
 *   source  org.apache.kafka.clients.consumer.RoundRobinAssignor
 */

/** `members` in the order in which they joined; `partitions` gives those of a topic. */
export function assignRoundRobin<P>(
  members: readonly { readonly topics: readonly string[] }[],
  partitions: (topic: string) => readonly P[],
): P[][] {
  const shares: P[][] = members.map(() => [])
  const topics = [...new Set(members.flatMap((member) => member.topics))].sort()
  let turn = 0
  for (const topic of topics) {
    for (const partition of partitions(topic)) {
      while (!members[turn % members.length]!.topics.includes(topic)) turn++
      shares[turn % members.length]!.push(partition)
      turn++
    }
  }
  return shares
}
