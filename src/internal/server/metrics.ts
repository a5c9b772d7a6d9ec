/**
 * Metrics of servers. Each metric counts all servers of the process together. To count servers separately, use
 * `Effect.tagMetrics`. Public as part of `Server`.
 *
 * @internal
 */
import * as Metric from "effect/Metric"
import type * as MetricLabel from "effect/MetricLabel"
import type * as Listener from "../../Listener.ts"
import type * as Socket from "../../Socket.ts"

const counter = (name: string, description: string) =>
  Metric.counter(`effect_sockets_server_${name}`, { description, incremental: true })

export const open = Metric.gauge("effect_sockets_server_connections_open", {
  description: "Connections whose handler runs, or that are closing"
})
export const accepted = counter("connections_accepted", "Connections that were given to a handler")
export const refused = counter("connections_refused", "Connections that were not given to a handler, by reason")
export const failed = counter("handlers_failed", "Handlers that did not succeed, by reason")
export const bytesReceived = counter("bytes_received", "Bytes received on connections that have ended")
export const bytesSent = counter("bytes_sent", "Bytes sent on connections that have ended")

/**
 * Why a connection was not given to the handler:
 * - `Full`: the server had `maxConnections` connections, and `whenFull` is not `"queue"`.
 * - `QueueFull`: the accept queue of the listener was full.
 * - `Starved`: no file descriptor was left.
 * - `Draining`: the server drained before it accepted the connection.
 *
 * @since 0.1.0
 * @category models
 */
export type RefusedReason = "Full" | "QueueFull" | "Starved" | "Draining"

type Labels = ReadonlyArray<MetricLabel.MetricLabel>

const byReason = (metric: Metric.Metric.Counter<number>) => {
  const tagged = new Map<string, Metric.Metric.Counter<number>>()
  return (reason: string): Metric.Metric.Counter<number> => {
    const known = tagged.get(reason) ?? Metric.tagged(metric, "reason", reason)
    tagged.set(reason, known)
    return known
  }
}

const refusedBy = byReason(refused)
const failedBy = byReason(failed)

/** Updates the metrics of one server. They have the metric labels of the fiber that started the server. */
export class Meter {
  private readonly labels: Labels
  private seen: Listener.Stats

  constructor(labels: Labels, seen: Listener.Stats) {
    this.labels = labels
    this.seen = seen
  }

  opened(change: 1 | -1): void {
    open.unsafeModify(change, this.labels)
    if (change === 1) accepted.unsafeUpdate(1, this.labels)
  }

  ended({ bytesReceived: received, bytesSent: sent }: Socket.Stats): void {
    bytesReceived.unsafeUpdate(received, this.labels)
    bytesSent.unsafeUpdate(sent, this.labels)
  }

  failed(reason: string): void {
    failedBy(reason).unsafeUpdate(1, this.labels)
  }

  refused(reason: RefusedReason, connections: number): void {
    if (connections > 0) refusedBy(reason).unsafeUpdate(connections, this.labels)
  }

  /** Adds to the metrics the connections that the listener has refused since the last call of `look`. */
  look(stats: Listener.Stats): void {
    this.refused("QueueFull", stats.refused - this.seen.refused)
    this.refused("Starved", stats.starved - this.seen.starved)
    this.seen = stats
  }
}
