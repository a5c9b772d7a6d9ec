/**
 * Metrics of the handshakes of all listeners with TLS in the process. Public as part of `Server`.
 *
 * @internal
 */
import * as Metric from "effect/Metric"
import type * as MetricLabel from "effect/MetricLabel"
import type { TlsReason } from "./errors.ts"

export const handshaking = Metric.gauge("effect_sockets_server_handshakes_open", {
  description: "TLS handshakes that run"
})

export const handshakesFailed = Metric.counter("effect_sockets_server_handshakes_failed", {
  description: "TLS handshakes that failed, by reason",
  incremental: true
})

/** Updates the metrics of one listener, with the metric labels of the fiber that made the listener. */
export class HandshakeMeter {
  private readonly labels: ReadonlyArray<MetricLabel.MetricLabel>
  private readonly byReason = new Map<TlsReason, Metric.Metric.Counter<number>>()

  constructor(labels: ReadonlyArray<MetricLabel.MetricLabel>) {
    this.labels = labels
  }

  changed(change: 1 | -1): void {
    handshaking.unsafeModify(change, this.labels)
  }

  failed(reason: TlsReason): void {
    const metric = this.byReason.get(reason) ?? Metric.tagged(handshakesFailed, "reason", reason)
    this.byReason.set(reason, metric)
    metric.unsafeUpdate(1, this.labels)
  }
}
