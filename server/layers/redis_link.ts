import { Buffer } from "node:buffer";
import { getLogger } from "@logtape/logtape";
import { createClient, ErrorReply, RESP_TYPES } from "redis";
import { AnswerWatch } from "./answer_watch.ts";
import { LayerUnavailableError } from "./channel_layer.ts";
import type { Script } from "./redis_scripts.ts";
import { ScriptRunner } from "./script_runner.ts";

const logger = getLogger(["parley", "redis"]);

/** How long a new subscription has to prove itself, in milliseconds. */
const RENEWAL_PAUSE = 6_000;

/** So many different errors are logged until Redis is there. */
const MOST_COMPLAINTS = 5;

/** A dead link is found by pings that far apart and answers that late, in milliseconds. */
const PING_INTERVAL = 1_000;
const SOCKET_TIMEOUT = 2_500;

/** Waits between attempts to connect: 50 ms, doubling up to half a second, jittered. */
function reconnectDelay(retries: number): number {
  return Math.min(50 * 2 ** Math.min(retries, 10), 500) * (0.75 + Math.random() / 2);
}

/** What {@linkcode RedisLink} tells its owner. */
export interface RedisLinkEvents {
  /** A message on a subscribed channel. */
  message(channel: string, payload: Buffer): void;
  /** The subscriptions were interrupted. */
  lost(): void;
  /** Both connections stand (again), and all subscriptions with them; some messages may be lost. */
  ready(): void;
}

/**
 * Two connections to Redis, one for commands and one for subscriptions, that heal by themselves.
 * A command fails at once while Redis is away, and when its connection has brought nothing for a
 * second: it is not kept for when Redis is back.
 */
export class RedisLink {
  readonly #scripts: ScriptRunner;
  readonly #commands: ReturnType<typeof connection>;
  readonly #url: string;
  #subscriber: ReturnType<typeof connection>;
  /** The channels that are subscribed to, for a new subscriber. */
  readonly #channels = new Set<string>();
  /** The channels that could not be given back: the subscriber has them again when it has healed. */
  readonly #leftOver = new Set<string>();
  #renewedAt = -Infinity;
  readonly #address: string;
  readonly #events: RedisLinkEvents;
  // One each: what is silent on one connection says nothing of the other.
  readonly #commandsWatch = new AnswerWatch();
  readonly #subscriberWatch = new AnswerWatch();
  /** The first word of Redis' last error, if the last script failed. */
  #refusal: string | undefined;
  /** What was said of errors since Redis was there. */
  readonly #complaints = new Set<string>();
  readonly #connected = Promise.withResolvers<void>();
  #wasReady = false;
  #closed = false;

  /**
   * Starts to connect, and returns at once; `scripts` are all that will be run, `url` is as in
   * `redis[s]://user:password@host:port/0`.
   */
  constructor(url: string, scripts: readonly Script[], events: RedisLinkEvents) {
    const { protocol, host } = new URL(url);
    this.#address = `${protocol}//${host}`;
    this.#url = url;
    this.#events = events;
    this.#scripts = new ScriptRunner((args) => this.#send(args), scripts);
    this.#commands = connection(url, (error) => this.#complain(error));
    this.#subscriber = this.#newSubscriber();
    // Scripts first: one that had to be sent again would hold up the others.
    this.#commands.on("ready", () => {
      this.#scripts.load();
      this.#onReady();
    });
    this.#commands.connect().catch((error) => this.#complain(error));
  }

  /** Whether commands and subscriptions work, and are not refused, as far as is known. */
  get ready(): boolean {
    return this.#commands.isReady && this.#subscriber.isReady && !this.#commandsWatch.stalled &&
      !this.#subscriberWatch.stalled && this.#refusal === undefined;
  }

  /** Whether commands can be sent. */
  get canSend(): boolean {
    return this.#commands.isReady;
  }

  /** Resolves when both connections stand for the first time. */
  get connected(): Promise<void> {
    return this.#connected.promise;
  }

  /**
   * Runs a script.
   *
   * @throws {LayerUnavailableError} when Redis is away, does not answer in time, or refuses.
   */
  async run(script: Script, keys: string[], args: (string | Buffer)[]): Promise<unknown[]> {
    const rest = [String(keys.length), ...keys, ...args];
    try {
      const reply = await this.#scripts.run(script, rest);
      this.#noteRefusal(undefined);
      return reply as unknown[];
    } catch (error) {
      if (error instanceof ErrorReply) this.#noteRefusal(error.message);
      throw refused(error);
    }
  }

  /**
   * Runs a command.
   *
   * @throws {LayerUnavailableError} as above.
   */
  async command(args: (string | Buffer)[]): Promise<unknown> {
    return await this.#send(args).catch((error) => {
      throw refused(error);
    });
  }

  /**
   * Resolves when Redis has confirmed the subscriptions.
   *
   * @throws {LayerUnavailableError}
   */
  async subscribe(channels: string[]): Promise<void> {
    if (!this.#subscriber.isReady) throw new LayerUnavailableError("Redis is away");
    await this.#subscriberWatch.inTime(this.#subscriber.subscribe(channels, this.#listener, true))
      .catch((error) => {
        throw refused(error);
      });
    for (const channel of channels) this.#channels.add(channel);
  }

  /** Resolves when Redis has confirmed, or is away: then it is told when it is back. */
  async unsubscribe(channels: string[]): Promise<void> {
    for (const channel of channels) this.#channels.delete(channel);
    try {
      const answer = this.#subscriber.unsubscribe(channels, this.#listener, true);
      await this.#subscriberWatch.inTime(answer);
    } catch (error) {
      for (const channel of channels) this.#leftOver.add(channel);
      logger.debug("Cannot unsubscribe: {error}", { error });
    }
  }

  /**
   * Puts another connection in the place of the subscriber's, which seems to stand and yet brings
   * nothing; `ready` tells when that is done. Again within some seconds: does nothing.
   */
  renewSubscriptions(): void {
    const now = performance.now();
    if (now - this.#renewedAt < RENEWAL_PAUSE || this.#closed) return;
    this.#renewedAt = now;
    logger.warn("Redis' subscription brings nothing: {address}; making a new one", {
      address: this.#address,
    });
    this.#events.lost();
    this.#subscriber.destroy();
    this.#subscriber = this.#newSubscriber();
  }

  #newSubscriber() {
    const subscriber = connection(this.#url, (error) => this.#complain(error));
    // A connection that heals by itself has again, before it is ready, the subscriptions it had.
    let had = this.#channels.size === 0;
    subscriber.on("ready", async () => {
      try {
        if (had) this.#giveBack();
        else {
          // A new one has nothing to give back, and what is subscribed to meanwhile is to stay.
          this.#leftOver.clear();
          await subscriber.subscribe([...this.#channels], this.#listener, true);
          had = true;
        }
        this.#onReady();
      } catch (error) {
        this.#complain(error as Error);
      }
    });
    subscriber.on("reconnecting", () => this.#events.lost());
    subscriber.connect().catch((error) => this.#complain(error));
    return subscriber;
  }

  /** Before anything can be subscribed to again. */
  #giveBack(): void {
    const channels = [...this.#leftOver].filter((channel) => !this.#channels.has(channel));
    this.#leftOver.clear();
    if (channels.length > 0) this.unsubscribe(channels);
  }

  /** Closes both connections; what is still unanswered fails. */
  close(): void {
    this.#closed = true;
    this.#commandsWatch.close();
    this.#subscriberWatch.close();
    this.#commands.destroy();
    this.#subscriber.destroy();
  }

  readonly #listener = (payload: Buffer, channel: Buffer) => {
    // An answer may be far behind what is said on the channels.
    this.#subscriberWatch.heard();
    this.#events.message(channel.toString(), payload);
  };

  #send(args: (string | Buffer)[]): Promise<unknown> {
    if (!this.#commands.isReady || this.#commandsWatch.stalled) {
      return Promise.reject(new LayerUnavailableError("Redis is away"));
    }
    return this.#commandsWatch.inTime(this.#commands.sendCommand(args) as Promise<unknown>);
  }

  /** Redis is there but does not do its work, as with READONLY, OOM, or LOADING; or it does again. */
  #noteRefusal(refusal: string | undefined): void {
    const [kind] = refusal?.split(" ") ?? [];
    if (kind === this.#refusal) return;
    this.#refusal = kind;
    const address = this.#address;
    if (refusal === undefined) logger.info("Redis works again: {address}", { address });
    else logger.warn("Redis refuses to work: {address}: {refusal}", { address, refusal });
  }

  #onReady(): void {
    if (!this.#commands.isReady || !this.#subscriber.isReady || this.#closed) return;
    this.#complaints.clear();
    logger.info(this.#wasReady ? "Redis is back: {address}" : "Redis is there: {address}", {
      address: this.#address,
    });
    this.#wasReady = true;
    this.#connected.resolve();
    this.#events.ready();
  }

  /** Redis' client repeats its errors at each attempt; the log has the first few, each once. */
  #complain(error: Error): void {
    const detail = error.message || ("code" in error ? String(error.code) : error.name);
    const said = this.#complaints.has(detail) || this.#complaints.size === MOST_COMPLAINTS;
    if (this.#closed || said) return;
    this.#complaints.add(detail);
    logger.warn("Redis is away: {address}: {detail}; trying again until it is there", {
      address: this.#address,
      detail,
    });
  }
}

function refused(error: unknown): LayerUnavailableError {
  if (error instanceof LayerUnavailableError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new LayerUnavailableError(`Redis refused: ${detail}`, { cause: error });
}

function connection(url: string, onError: (error: Error) => void) {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    // A hosted service's notices; they would need to read more of the environment.
    maintNotifications: "disabled",
    pingInterval: PING_INTERVAL,
    socket: {
      socketTimeout: SOCKET_TIMEOUT,
      connectTimeout: 2_000,
      reconnectStrategy: reconnectDelay,
    },
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
  client.on("error", onError);
  return client;
}
