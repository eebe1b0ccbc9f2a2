import { Counter, Gauge, Registry } from "prom-client";
import type { Counters } from "./counters.ts";

/** What the gauges read. */
export interface Gauges {
  /** Open WebSockets. */
  connections(): number;
  /** Rooms with members on this node. */
  rooms(): number;
  /** Whether the channel layer can be reached. */
  ready(): boolean;
}

/** What `/metrics` shows. */
export interface Metrics {
  /** For `content-type`. */
  readonly contentType: string;
  /** The figures as they are now, in Prometheus' text format. */
  text(): Promise<string>;
}

/** The metrics over these counters and gauges. */
export function createMetrics(counters: Counters, gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });

  gauge("parley_connections", "Open WebSockets", gauges.connections);
  gauge("parley_rooms", "Rooms with members on this node", gauges.rooms);
  gauge("parley_layer_ready", "1 if the channel layer can be reached", () => +gauges.ready());
  gauge("parley_memory_bytes", "Resident memory", () => Deno.memoryUsage().rss);
  counter(
    "parley_messages_received_total",
    "Messages from clients that were fit to be said",
    () => counters.messagesReceived,
  );
  counter(
    "parley_layer_dropped_total",
    "Payloads on the layer's channels that were dropped",
    () => counters.dropped,
  );
  new Counter({
    name: "parley_refused_total",
    help: "Messages and frames from clients that were refused",
    labelNames: ["code"],
    registers,
    collect() {
      this.reset();
      for (const [code, count] of Object.entries(counters.refused)) this.inc({ code }, count);
    },
  });
  new Counter({
    name: "parley_refused_connections_total",
    help: "Valid WebSocket handshakes that were refused, by the status of the answer",
    labelNames: ["status"],
    registers,
    collect() {
      this.reset();
      for (const [status, count] of counters.refusedConnections) this.inc({ status }, count);
    },
  });
  return { contentType: registry.contentType, text: () => registry.metrics() };
}
