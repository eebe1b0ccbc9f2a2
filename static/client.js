/**
 * The client of a Parley room, without any DOM: for browsers, Deno and Node 22 or newer.
 *
 * ```js
 * import { Parley } from "https://chat.example/static/client.js";
 *
 * const room = new Parley("https://chat.example", "lobby", { name: "Ann" });
 * room.addEventListener("message", ({ detail }) => console.log(`${detail.name}: ${detail.message}`));
 * room.connect();
 * room.send("hi");
 * ```
 *
 * For a page of another origin the server needs `--allow-origin https://page.example`.
 *
 * It promises: every message of the room is given out once and in the room's order, through all
 * reconnects; what {@linkcode Parley.send} took is sent until the room has it or refuses it for good;
 * and where messages were lost for good, a `gap` event says so.
 *
 * @module
 */

/**
 * A message of the room, or one of our own on its way there. Our own keeps its identity: the object
 * that `send()` returned is the one in every later event about it.
 *
 * @typedef {object} Message
 * @property {string} message The text.
 * @property {boolean} own Whether we said it.
 * @property {"pending" | "sent" | "failed"} status `sent`: it is in the room. `pending`: not yet
 *   heard back. `failed`: refused for good, `error` says why; `retry()` sends it again.
 * @property {number} [seq] Its number in the room's log; with `epoch` it names the message for ever.
 *   Missing until it is `sent`.
 * @property {string} [epoch] Which log the number belongs to.
 * @property {string} [name] The sender's name at that time; missing when the sender has none.
 * @property {string} [from] The sender's id; missing when the sender has none.
 * @property {number} [at] When the room took it (or, until then, when we sent it), in milliseconds
 *   since 1970.
 * @property {string} [ref] The sender's own key for it.
 * @property {Refusal} [error] Why it was refused, for good or for now.
 */

/**
 * Why the server refused something.
 *
 * @typedef {object} Refusal
 * @property {string} code `bad_message`, `too_big`, `rate`, `unavailable`, `bad_ref`, `bad_name`,
 *   `name_empty`, `name_characters`, `name_too_long`, `name_taken`, `unknown_type`; and from the
 *   client itself `malformed`: the server sent something that cannot be read. More may come.
 * @property {string} detail A sentence for people.
 * @property {number} [retry] In how many milliseconds it is tried again; missing when it is final.
 */

/**
 * @typedef {object} Member
 * @property {string} id
 * @property {string} name
 */

/**
 * Who we are in the room. Kept and given to a new `Parley`, it makes us the same member again.
 *
 * @typedef {object} Identity
 * @property {string} id
 * @property {string} name
 * @property {string} [token] The server's proof that the id is ours. Keep it as a secret.
 */

/**
 * What the server takes. 0 means no limit.
 *
 * @typedef {object} Limits
 * @property {number} message_bytes Bytes of UTF-8 in a message.
 * @property {number} message_rate Messages a second.
 * @property {number} message_burst Messages at once.
 * @property {number} name_length Code points in a name.
 */

/**
 * `closed`: before `connect()` and after `close()`. `connecting`: on the way to the welcome. `open`:
 * in the room. `waiting`: cut off, the next try comes by itself.
 *
 * @typedef {"closed" | "connecting" | "open" | "waiting"} State
 */

/**
 * @typedef {object} StateChange
 * @property {State} state
 * @property {number} [retryIn] While `waiting`: milliseconds until the next try.
 * @property {number} [code] The WebSocket close code that ended the connection.
 * @property {string} [reason] Why it ended, as far as known.
 */

/**
 * Messages between the last one and the next are lost for good.
 *
 * @typedef {object} Gap
 * @property {number} after The number of the last message before the gap.
 * @property {number} seq The number up to which they are lost.
 * @property {string} epoch Which log that number belongs to.
 * @property {boolean} renewed Whether the room's log began anew, with numbers from the start.
 */

/**
 * @typedef {object} Welcome
 * @property {Identity} you
 * @property {string} epoch
 * @property {number} seq Where we stand in the log; what follows has higher numbers.
 * @property {number} count How many members are in the room.
 * @property {boolean} again Whether it continues what was there before: after a reconnect, or a
 *   repeated welcome on an open connection.
 */

/**
 * @typedef {object} Rename
 * @property {string} id
 * @property {string} name The new name.
 * @property {string} [before] The old one, where known.
 * @property {boolean} own Whether it is ours.
 */

/**
 * The events of a {@linkcode Parley}; each is a CustomEvent with this `detail`.
 *
 * @typedef {object} ParleyEvents
 * @property {CustomEvent<StateChange>} state The connection's state changed.
 * @property {CustomEvent<Welcome>} welcome The server let us in: `you`, `limits`, `members`, `count`
 *   are set anew.
 * @property {CustomEvent<Message>} message A message of the room, our own too: each once, in order.
 * @property {CustomEvent<Message>} pending We said something: show it at once; its `message` or
 *   `failed` comes later.
 * @property {CustomEvent<Message>} refused Refused for now; it stays pending and goes out again by
 *   itself after `error.retry`.
 * @property {CustomEvent<Message>} failed Refused for good: `error` says why, `retry()` tries again,
 *   `discard()` forgets it.
 * @property {CustomEvent<Gap>} gap Messages were lost for good before the next one.
 * @property {CustomEvent<{ message: string, seq: number, epoch: string }>} repeat A message that was
 *   told before stands in the room's new log too: nothing to show.
 * @property {CustomEvent<Member>} join A member came,
 * @property {CustomEvent<Member>} leave went,
 * @property {CustomEvent<Rename>} name changed the name.
 * @property {CustomEvent<{ count: number }>} count The number of members changed.
 * @property {CustomEvent<{ id: string, name?: string }>} typing A member is typing; sent about every
 *   2 s while it lasts.
 * @property {CustomEvent<Refusal>} error Anything else that was refused (a name), or that could not be
 *   read.
 */

/**
 * @typedef {object} ParleyOptions
 * @property {string} [name] The name to ask for; without it the server gives one.
 * @property {string} [id] With `token`: come back as this member.
 * @property {string} [token] From an earlier `you`.
 * @property {string} [epoch] With `after`: go on behind this message instead of with the newest.
 * @property {number} [after] From an earlier `seq`.
 * @property {readonly Pick<Message, "message" | "ref" | "at">[]} [outbox] With `id` and `token`: what
 *   an earlier `outbox` held. It is pending again, by the same `ref`, and so said once.
 * @property {number} [retryFirst] Longest wait before the first retry, in ms; each further one may
 *   take twice as long, and each wait is shortened at random. Default 1,000.
 * @property {number} [retryMax] Longest wait of all, in ms. Default 30,000.
 * @property {number} [welcomeTimeout] How long a new connection may take until the welcome, in ms.
 *   Default 10,000.
 * @property {number} [answerTimeout] How long nothing may be heard after something was sent, in ms,
 *   before the connection counts as dead. Default 10,000.
 * @property {number} [quietTimeout] How long nothing may be heard, in ms, before the server is asked
 *   for a sign of life. Default 45,000.
 * @property {typeof globalThis.WebSocket} [WebSocket] Default: the global one.
 * @property {() => number} [random] A number from 0 up to 1, for the jitter. Default `Math.random`.
 * @property {Pick<EventTarget, "addEventListener" | "removeEventListener">} [network] What tells
 *   `online` and `offline`. Default: the global object where it is an event target.
 */

/**
 * @typedef {object} TypedListeners
 * @property {<K extends keyof ParleyEvents>(
 *   type: K,
 *   listener: ((event: ParleyEvents[K]) => unknown) | null,
 *   options?: boolean | AddEventListenerOptions,
 * ) => void} addEventListener
 * @property {<K extends keyof ParleyEvents>(
 *   type: K,
 *   listener: ((event: ParleyEvents[K]) => unknown) | null,
 *   options?: boolean | EventListenerOptions,
 * ) => void} removeEventListener
 */

/** The subprotocol that is asked for. */
export const PROTOCOL = "parley.v1";

/** The longest name of a room, in code points. */
export const ROOM_LENGTH = 100;

/** A connection that lasted this long, in ms, starts the waits from the first one again. */
const STABLE = 5_000;

/** So does one whose server goes away, as in a rolling restart: RFC 6455, section 7.4.1. */
const GOING_AWAY = 1001;

/** At most one `typing` in this time, in ms. */
const TYPING_INTERVAL = 2_000;

/** The `ref` of a wish for a name; those of messages are random. */
const NAME_REF = "name";

/** How long an answer is waited for, in ms, when the network is said to be gone. */
const OFFLINE_ANSWER = 2_000;

/** A server's `retry` is kept within these, in ms. */
const RETRY_LEAST = 20;
const RETRY_MOST = 60_000;

/** WebSocket close codes of a bug in this client: trying again would not help. */
const OWN_FAULT = [1003, 1007];
const TOO_BIG = 1009;

/** `WebSocket.OPEN`, without the global. */
const OPEN = 1;

/** So many messages at least are known again in a room's next log. */
const REMEMBERED = 1_000;

/** EventTarget, with the types of our events. */
const Events = /** @type {new () => TypedListeners & EventTarget} */ (
  /** @type {unknown} */ (EventTarget)
);

/**
 * Says what is wrong with the name of a room, by the server's rules: 1 to 100 code points after NFC,
 * no control characters, not `.` or `..`.
 *
 * @param {string} name
 * @returns {"" | "empty" | "too_long" | "control_character" | "dots" | "malformed"} `""`: nothing.
 *   `malformed`: it holds half of a surrogate pair.
 */
export function roomProblem(name) {
  const room = name.normalize("NFC");
  if (room === "") return "empty";
  if (/\p{Surrogate}/u.test(room)) return "malformed";
  if (/\p{Control}/u.test(room)) return "control_character";
  if (room === "." || room === "..") return "dots";
  if ([...room].length > ROOM_LENGTH) return "too_long";
  return "";
}

/** A member's connection to one room, and the room as that member sees it. */
export class Parley extends Events {
  #url;
  #room;
  #settings;

  /** @type {State} */
  #state = "closed";
  /** @type {WebSocket | null} the one connection that counts */
  #socket = null;
  /** @type {Set<WebSocket>} all that are not closed yet */
  #sockets = new Set();
  /** @type {(() => void)[]} */
  #closers = [];
  #welcomed = false;
  #attempt = 0;

  /** @type {string | null} */
  #epoch;
  #seq;

  /** @type {Identity | null} */
  #you = null;
  /** @type {Set<string>} every id that was ours: an old message of ours stays ours */
  #ids = new Set();
  /** @type {string | null} a name asked for and not yet answered */
  #wanted;
  /** @type {string | null} the name that the current connection's URL asks for */
  #offered = null;

  /** @type {Map<string, Member>} */
  #members = new Map();
  #count = 0;
  /** @type {Limits} */
  #limits = { message_bytes: 0, message_rate: 0, message_burst: 0, name_length: 0 };

  /** @type {Map<string, Message & { ref: string }>} our messages by ref, until they are heard back */
  #outbox = new Map();
  /** @type {Map<string, { epoch: string, text: string }>} the newest messages, by sender and ref */
  #heard = new Map();
  /** @type {Map<string, { epoch: string, text: string }>} those before */
  #heardBefore = new Map();
  /** @type {Set<string>} the refs that wait to be sent; the other pending ones are in flight */
  #queue = new Set();
  #heldUntil = 0;
  #tokens = 0;
  #tokensAt = 0;
  #typedAt = -Infinity;

  #heardAt = 0;
  /** @type {number | null} since when something sent waits for any sign of life */
  #askedAt = null;
  #openAt = 0;

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retryTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watchTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #holdTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #nameTimer;

  #online = () => {
    if (this.#state === "waiting") {
      this.#attempt = 0;
      this.#tryAgain();
    } else if (this.#state === "open") {
      // another network: the old connection may be dead
      this.#probe();
    }
  };

  #offline = () => {
    if (this.#state !== "open") return;
    this.#probe();
    // as if it had been asked earlier
    const asked = performance.now() + OFFLINE_ANSWER - this.#settings.answerTimeout;
    this.#askedAt = Math.min(this.#askedAt ?? asked, asked);
    this.#watch();
  };

  /**
   * Nothing is opened before `connect()`.
   *
   * @param {string | URL} server The server's address, `https:` or `wss:` (or without the s), with
   *   the path in front of `/ws/chat/` if it has one.
   * @param {string} room The room's name.
   * @param {ParleyOptions} [options]
   * @throws {TypeError} for an address that is no URL of such a server, or a name that no room has.
   */
  constructor(server, room, options = {}) {
    super();
    const problem = roomProblem(room);
    if (problem !== "") {
      throw new TypeError(`Cannot enter the room ${JSON.stringify(room)}: the name is ${problem}`);
    }
    const base = new URL(server);
    const scheme = /^(?:http|ws)(s?):$/.exec(base.protocol);
    if (scheme === null) throw new TypeError(`Cannot connect to "${base}": not a web address`);
    base.protocol = `ws${scheme[1]}:`;
    base.search = base.hash = "";
    if (!base.pathname.endsWith("/")) base.pathname += "/";
    this.#room = room.normalize("NFC");
    this.#url = new URL(`ws/chat/${encodeURIComponent(this.#room)}/`, base);

    const {
      retryFirst = 1_000,
      retryMax = 30_000,
      welcomeTimeout = 10_000,
      answerTimeout = 10_000,
      quietTimeout = 45_000,
      WebSocket = globalThis.WebSocket,
      random = Math.random,
      network = typeof globalThis.addEventListener === "function" ? globalThis : null,
      id,
      token,
    } = options;
    this.#settings = {
      retryFirst,
      retryMax,
      welcomeTimeout,
      answerTimeout,
      quietTimeout,
      WebSocket,
      random,
      network,
      id,
      token,
    };
    this.#epoch = options.epoch ?? null;
    this.#seq = options.after ?? 0;
    this.#wanted = options.name ?? null;
    if (id !== undefined) this.#ids.add(id);
    for (const { message, ref = newRef(), at = Date.now() } of options.outbox ?? []) {
      if (typeof message !== "string") {
        throw new TypeError("Cannot take over a message: it is not a string");
      }
      /** @type {Message & { ref: string }} */
      const kept = { message, own: true, status: "pending", at, ref };
      if (options.name !== undefined) kept.name = options.name;
      if (id !== undefined) kept.from = id;
      this.#outbox.set(ref, kept);
      this.#queue.add(ref);
    }
  }

  /** The room's name, in NFC. */
  get room() {
    return this.#room;
  }

  /** The connection's state. */
  get state() {
    return this.#state;
  }

  /** Who we are here; `null` before the first welcome. */
  get you() {
    return this.#you;
  }

  /** The name of the room's log; `null` before the first welcome. */
  get epoch() {
    return this.#epoch;
  }

  /** The number of the last message that was given out. */
  get seq() {
    return this.#seq;
  }

  /** @returns {ReadonlyMap<string, Member>} who is here, by id; empty where a room is too big */
  get members() {
    return this.#members;
  }

  /** How many members are in the room. */
  get count() {
    return this.#count;
  }

  /** @returns {Readonly<Limits>} what the server takes; all 0 before the first welcome */
  get limits() {
    return this.#limits;
  }

  /** @returns {Message[]} our messages that the room has not taken yet, pending or failed, in order */
  get outbox() {
    return [...this.#outbox.values()];
  }

  /**
   * Connects, and from then on stays connected until `close()`. While it waits to try again: tries
   * at once. After `close()`: goes on where it stood.
   *
   * @throws when the first connection cannot even be tried (the platform forbids it)
   */
  connect() {
    if (this.#state === "connecting" || this.#state === "open") return;
    this.#open();
    this.#settings.network?.addEventListener("online", this.#online);
    this.#settings.network?.addEventListener("offline", this.#offline);
  }

  /**
   * Leaves. No timer, listener or connection is kept; pending messages stay in the `outbox`.
   *
   * @returns {Promise<void>} resolves when the connection is down. Need not be awaited.
   */
  close() {
    this.#stop();
    if (this.#state !== "closed") this.#enter({ state: "closed" });
    if (this.#sockets.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#closers.push(resolve));
  }

  /**
   * Says something. It goes out at once or as soon as there is a connection, and again after each cut,
   * until it is heard back; the room shows it once.
   *
   * @param {string} text
   * @returns {Message} the pending message
   */
  send(text) {
    if (typeof text !== "string") {
      throw new TypeError("Cannot send the message: it is not a string");
    }
    /** @type {Message & { ref: string }} */
    const message = { message: text, own: true, status: "pending", at: Date.now(), ref: newRef() };
    if (this.#you !== null) {
      message.name = this.#you.name;
      message.from = this.#you.id;
    }
    this.#submit(message);
    return message;
  }

  /**
   * Sends a failed message again.
   *
   * @param {Message} message
   * @returns {boolean} whether there is such a failed message
   */
  retry(message) {
    const kept = this.#outbox.get(message.ref ?? "");
    if (kept?.status !== "failed") return false;
    this.#outbox.delete(kept.ref);
    delete kept.error;
    kept.status = "pending";
    kept.at = Date.now();
    this.#submit(kept);
    return true;
  }

  /**
   * Forgets a message that is pending or failed. What is already on its way may still be said.
   *
   * @param {Message} message
   * @returns {boolean} whether there was such a message
   */
  discard(message) {
    const ref = message.ref ?? "";
    this.#queue.delete(ref);
    return this.#outbox.delete(ref);
  }

  /**
   * Asks for another name. The answer is a `name` event of our own, or an `error` event with a code
   * that has `name` in it; without a connection it is asked for with the next one.
   *
   * @param {string} name
   */
  rename(name) {
    this.#wanted = name;
    if (this.#state === "open") this.#askName();
  }

  /** Tells the others that we are typing. Call it on every key: it is sent at most every 2 s. */
  typing() {
    const now = performance.now();
    if (this.#state !== "open" || now - this.#typedAt < TYPING_INTERVAL) return;
    if (this.#queue.size > 0 || this.#takeToken(now) > 0) return;
    this.#typedAt = now;
    this.#transmit({ type: "typing" });
  }

  /**
   * @template {keyof ParleyEvents} K
   * @param {K} type
   * @param {ParleyEvents[K]["detail"]} detail
   */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** @param {StateChange} change */
  #enter(change) {
    this.#state = change.state;
    this.#emit("state", change);
  }

  // The connection

  #address() {
    const url = new URL(this.#url);
    const name = this.#wanted ?? this.#you?.name;
    const id = this.#you?.id ?? this.#settings.id;
    const token = this.#you === null ? this.#settings.token : this.#you.token;
    if (this.#epoch !== null) {
      url.searchParams.set("epoch", this.#epoch);
      url.searchParams.set("after", String(this.#seq));
    }
    if (name !== undefined) url.searchParams.set("name", name);
    if (id !== undefined && token !== undefined) {
      url.searchParams.set("id", id);
      url.searchParams.set("token", token);
    }
    this.#offered = this.#wanted;
    return url.href;
  }

  #open() {
    const socket = new this.#settings.WebSocket(this.#address(), PROTOCOL);
    clearTimeout(this.#retryTimer);
    this.#socket = socket;
    this.#sockets.add(socket);
    this.#welcomed = false;
    socket.addEventListener("message", (event) => {
      if (socket === this.#socket) this.#receive(event.data);
    });
    socket.addEventListener("close", (event) => this.#gone(socket, event.code, event.reason));
    let opened = false;
    socket.addEventListener("open", () => opened = true);
    socket.addEventListener("error", () => {
      // Node 22 tells a failed handshake by this event alone
      if (!opened) this.#gone(socket, 1006, "");
    });
    this.#watchTimer = setTimeout(
      () => this.#giveUp("no welcome in time"),
      this.#settings.welcomeTimeout,
    );
    this.#enter({ state: "connecting" });
  }

  #tryAgain() {
    try {
      this.#open();
    } catch (error) {
      this.#wait(1006, String(error));
    }
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   * @param {string} reason
   */
  #gone(socket, code, reason) {
    this.#sockets.delete(socket);
    if (this.#sockets.size === 0) {
      for (const resolve of this.#closers.splice(0)) resolve();
    }
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (code === TOO_BIG) this.#failLargest({ code: "too_big", detail: "The message is too big" });
    // what a listener did to that failure stands
    if (this.#socket !== null || this.#state === "closed") return;
    if (OWN_FAULT.includes(code)) {
      this.#stop();
      this.#enter({ state: "closed", code, reason });
    } else {
      this.#wait(code, reason);
    }
  }

  /**
   * Gives up a connection that is silent.
   *
   * @param {string} reason
   */
  #giveUp(reason) {
    this.#dropSocket();
    this.#wait(1006, reason);
  }

  #dropSocket() {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #clearTimers() {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#watchTimer);
    clearTimeout(this.#holdTimer);
    clearTimeout(this.#nameTimer);
  }

  #stop() {
    this.#clearTimers();
    this.#settings.network?.removeEventListener("online", this.#online);
    this.#settings.network?.removeEventListener("offline", this.#offline);
    this.#dropSocket();
    this.#attempt = 0;
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #wait(code, reason) {
    const { retryFirst, retryMax, random } = this.#settings;
    this.#clearTimers();
    const lasted = performance.now() - this.#openAt >= STABLE;
    if (this.#welcomed && (lasted || code === GOING_AWAY)) this.#attempt = 0;
    this.#welcomed = false;
    const longest = Math.min(retryMax, retryFirst * 2 ** this.#attempt++);
    const retryIn = longest * (0.2 + 0.8 * random());
    this.#retryTimer = setTimeout(() => this.#tryAgain(), retryIn);
    this.#enter({ state: "waiting", retryIn, code, reason });
  }

  // Signs of life

  /** Sets the timer that watches an open connection. */
  #watch() {
    clearTimeout(this.#watchTimer);
    const { answerTimeout, quietTimeout } = this.#settings;
    const due = this.#askedAt === null
      ? this.#heardAt + quietTimeout
      : this.#askedAt + answerTimeout;
    this.#watchTimer = setTimeout(() => this.#look(), Math.max(1, due - performance.now()));
  }

  #look() {
    const now = performance.now();
    const { answerTimeout, quietTimeout } = this.#settings;
    if (this.#askedAt !== null && now - this.#askedAt >= answerTimeout) {
      this.#giveUp("no answer in time");
    } else if (this.#askedAt === null && now - this.#heardAt >= quietTimeout) {
      this.#probe();
    } else {
      this.#watch();
    }
  }

  /** Asks for a sign of life. */
  #probe() {
    this.#transmit({ type: "ping" });
    this.#watch();
  }

  /** Asks for the wanted name. */
  #askName() {
    clearTimeout(this.#nameTimer);
    this.#offered = this.#wanted;
    if (this.#wanted !== null) {
      this.#transmit({ type: "name", name: this.#wanted, ref: NAME_REF });
    }
  }

  /**
   * @param {Record<string, unknown>} frame
   * @returns {boolean} whether it could be given to the connection
   */
  #transmit(frame) {
    if (this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    const answered = frame.type === undefined || frame.type === "ping";
    if (answered && this.#askedAt === null) {
      this.#askedAt = performance.now();
      this.#watch();
    }
    return true;
  }

  // What goes out

  /** @param {Message & { ref: string }} message */
  #submit(message) {
    this.#outbox.set(message.ref, message);
    this.#queue.add(message.ref);
    this.#emit("pending", message);
    this.#flush();
  }

  #flush() {
    if (this.#state !== "open") return;
    for (const ref of this.#queue) {
      const message = this.#outbox.get(ref);
      if (message === undefined) continue;
      const limit = this.#limits.message_bytes;
      // a UTF-16 unit is at most 3 bytes, so most messages need no counting
      if (limit > 0 && message.message.length * 3 > limit) {
        const bytes = byteLength(message.message);
        if (bytes > limit) {
          const detail = `The message has ${bytes} bytes, ${limit} are allowed`;
          this.#fail(message, { code: "too_big", detail });
          continue;
        }
      }
      const now = performance.now();
      const held = this.#heldUntil - now;
      const wait = held > 0 ? held : this.#takeToken(now);
      if (wait > 0) {
        clearTimeout(this.#holdTimer);
        this.#holdTimer = setTimeout(() => this.#flush(), wait);
        return;
      }
      if (!this.#transmit({ message: message.message, ref })) return;
      this.#queue.delete(ref);
    }
  }

  /**
   * Keeps to the server's rate, so that a long outbox is not refused piece by piece.
   *
   * @param {number} now
   * @returns {number} 0 and one token less, or the milliseconds until there is one
   */
  #takeToken(now) {
    const { message_rate: rate, message_burst: burst } = this.#limits;
    if (rate <= 0) return 0;
    const refilled = this.#tokens + (now - this.#tokensAt) / 1000 * rate;
    this.#tokens = Math.min(Math.max(burst, 1), refilled);
    this.#tokensAt = now;
    if (this.#tokens < 1) return Math.ceil((1 - this.#tokens) / rate * 1000);
    this.#tokens--;
    return 0;
  }

  /** @returns {(Message & { ref: string })[]} sent on this connection and not answered */
  #inFlight() {
    return [...this.#outbox.values()].filter((message) =>
      message.status === "pending" && !this.#queue.has(message.ref)
    );
  }

  /** @param {(message: Message & { ref: string }) => boolean} also what joins the queue, in the outbox's order */
  #requeue(also) {
    const waiting = [...this.#outbox.values()].filter((message) =>
      this.#queue.has(message.ref) || also(message)
    );
    this.#queue = new Set(waiting.map((message) => message.ref));
  }

  /** Has all sent again that was not answered: answers are lost with a connection, or in a gap. */
  #requeuePending() {
    this.#requeue((message) => message.status === "pending");
  }

  /**
   * @param {Message & { ref: string }} message
   * @param {Refusal} error
   */
  #fail(message, error) {
    this.#queue.delete(message.ref);
    message.status = "failed";
    message.error = error;
    this.#emit("failed", message);
  }

  /**
   * A message that was too big to be read came without its ref: it is the biggest of those in flight.
   *
   * @param {Refusal} error
   * @returns {boolean} whether there was one
   */
  #failLargest(error) {
    const [largest] = this.#inFlight().sort((a, b) =>
      byteLength(b.message) - byteLength(a.message)
    );
    if (largest === undefined) return false;
    this.#fail(largest, error);
    return true;
  }

  // What comes in

  /** @param {unknown} data */
  #receive(data) {
    const socket = this.#socket;
    this.#heardAt = performance.now();
    this.#askedAt = null;
    if (typeof data !== "string") return;
    for (const line of data.split("\n")) {
      if (line === "") continue;
      const frame = parse(line);
      if (frame === null || !this.#handle(frame)) {
        const detail = `The server sent what cannot be read: ${line.slice(0, 100)}`;
        this.#emit("error", { code: "malformed", detail });
      }
      // a listener may have closed the connection
      if (socket !== this.#socket) return;
    }
  }

  /**
   * @param {Record<string, any>} frame
   * @returns {boolean} whether it had the form of its type
   */
  #handle(frame) {
    if (frame.type === "welcome") return this.#onWelcome(frame);
    if (frame.type === "error") return this.#onError(frame);
    if (!this.#welcomed) return true;
    switch (frame.type) {
      case undefined:
        return this.#onMessage(frame);
      case "gap":
        return this.#onGap(frame);
      case "join":
      case "leave":
      case "name":
        return this.#onMember(frame.type, frame);
      case "count":
        if (!isCount(frame.count)) return false;
        // The number alone is told of a room that is too big for its members to be.
        this.#members.clear();
        this.#setCount(frame.count);
        return true;
      case "typing": {
        if (typeof frame.id !== "string") return false;
        const name = this.#members.get(frame.id)?.name;
        this.#emit("typing", name === undefined ? { id: frame.id } : { id: frame.id, name });
        return true;
      }
      default:
        return true;
    }
  }

  /** @param {Record<string, any>} frame */
  #onWelcome(frame) {
    const { epoch, seq, you, limits, members } = frame;
    if (typeof epoch !== "string" || !isCount(seq)) return false;
    if (typeof you?.id !== "string" || typeof you.name !== "string") return false;

    const first = !this.#welcomed;
    const again = this.#epoch !== null;
    const renewed = again && epoch !== this.#epoch;
    const after = this.#seq;
    // a position ahead of ours says, like `gap`, that what lies between will not come; one behind ours
    // is that of a node which has not heard yet what we have
    const gap = again && (renewed || seq > after || (frame.gap === true && seq === after));
    if (gap || !again) this.#seq = seq;
    this.#epoch = epoch;

    this.#you = typeof you.token === "string"
      ? { id: you.id, name: you.name, token: you.token }
      : { id: you.id, name: you.name };
    this.#ids.add(you.id);
    this.#limits = {
      message_bytes: amount(limits?.message_bytes),
      message_rate: amount(limits?.message_rate),
      message_burst: amount(limits?.message_burst),
      name_length: amount(limits?.name_length),
    };
    this.#members = new Map();
    for (const member of Array.isArray(members) ? members : []) {
      if (typeof member?.id !== "string" || typeof member.name !== "string") continue;
      this.#members.set(member.id, { id: member.id, name: member.name });
    }

    if (first || gap) this.#requeuePending();
    if (first) {
      this.#welcomed = true;
      this.#openAt = this.#tokensAt = performance.now();
      this.#tokens = Math.max(this.#limits.message_burst, 1);
      this.#heldUntil = 0;
      this.#typedAt = -Infinity;
      this.#watch();
      // who hears of this may want it again
      if (this.#wanted === this.#offered) this.#wanted = this.#offered = null;
      this.#enter({ state: "open" });
    }
    const socket = this.#socket;
    const count = isCount(frame.count) ? frame.count : this.#members.size;
    this.#emit("welcome", { you: this.#you, epoch, seq: this.#seq, count, again });
    this.#setCount(count);
    if (gap) this.#emitGap(after, renewed);
    if (socket === null || socket !== this.#socket) return true;

    if (this.#wanted !== this.#offered) this.#askName();
    this.#flush();
    return true;
  }

  /** @param {Record<string, any>} frame */
  #onGap({ seq }) {
    const after = this.#seq;
    if (isCount(seq)) this.#seq = Math.max(seq, after);
    this.#requeuePending();
    this.#emitGap(after, false);
    this.#flush();
    return true;
  }

  /**
   * @param {number} after
   * @param {boolean} renewed
   */
  #emitGap(after, renewed) {
    this.#emit("gap", { after, seq: this.#seq, epoch: this.#epoch ?? "", renewed });
  }

  /** @param {Record<string, any>} frame */
  #onMessage(frame) {
    const { message: text, seq, name, from, at, ref } = frame;
    if (typeof text !== "string" || !isCount(seq)) return false;
    const own = this.#ids.has(from);
    // others hear our refs too
    const mine = own ? this.#outbox.get(ref) : undefined;
    // our own may have a number already passed: it was taken before a cut, and lay in a gap
    if (seq <= this.#seq && mine === undefined) return true;
    this.#seq = Math.max(seq, this.#seq);
    if (this.#knows(from, ref, text) && mine === undefined) {
      this.#emit("repeat", { message: text, seq, epoch: this.#epoch ?? "" });
      return true;
    }

    /** @type {Message} */
    const message = mine ?? { message: text, own: false, status: "sent" };
    if (mine !== undefined) {
      this.#outbox.delete(mine.ref);
      this.#queue.delete(mine.ref);
      delete message.error;
      delete message.name;
      delete message.from;
      delete message.at;
    }
    message.message = text;
    message.own = own;
    message.status = "sent";
    message.seq = seq;
    if (this.#epoch !== null) message.epoch = this.#epoch;
    if (typeof name === "string") message.name = name;
    if (typeof from === "string") message.from = from;
    if (typeof at === "number") message.at = at;
    if (typeof ref === "string") message.ref = ref;
    this.#emit("message", message);
    return true;
  }

  /**
   * Whether that message was heard in an earlier log, and is said again by who had no answer.
   *
   * @param {unknown} from
   * @param {unknown} ref
   * @param {string} text
   */
  #knows(from, ref, text) {
    const epoch = this.#epoch;
    if (typeof from !== "string" || typeof ref !== "string" || epoch === null) return false;
    const key = `${from} ${ref}`;
    const known = this.#heard.get(key) ?? this.#heardBefore.get(key);
    this.#heard.set(key, { epoch, text });
    if (this.#heard.size >= REMEMBERED) {
      this.#heardBefore = this.#heard;
      this.#heard = new Map();
    }
    return known !== undefined && known.epoch !== epoch && known.text === text;
  }

  /** @param {Record<string, any>} frame */
  #onError(frame) {
    if (typeof frame.code !== "string") return false;
    /** @type {Refusal} */
    const error = {
      code: frame.code,
      detail: typeof frame.detail === "string" ? frame.detail : "",
    };
    if (frame.ref === NAME_REF) {
      if (typeof frame.retry === "number" && frame.retry >= 0) {
        const wait = Math.min(Math.max(frame.retry, RETRY_LEAST), RETRY_MOST);
        this.#nameTimer = setTimeout(() => this.#askName(), wait);
        return true;
      }
      this.#wanted = null;
      this.#emit("error", error);
      return true;
    }

    const named = typeof frame.ref === "string" ? this.#outbox.get(frame.ref) : undefined;
    if (typeof frame.retry === "number" && frame.retry >= 0) {
      error.retry = Math.min(Math.max(frame.retry, RETRY_LEAST), RETRY_MOST);
      this.#heldUntil = Math.max(this.#heldUntil, performance.now() + error.retry);
    }
    // refused in one try, and heard back from another
    if (typeof frame.ref === "string" && named === undefined) return true;
    if (error.retry !== undefined) {
      // without a ref any of those in flight may be meant
      const refused = named !== undefined ? [named] : this.#inFlight();
      this.#delay(refused.filter((message) => message.status === "pending"), error);
    } else if (named !== undefined) {
      this.#fail(named, error);
    } else if (error.code !== "too_big" || !this.#failLargest(error)) {
      this.#emit("error", error);
    }
    return true;
  }

  /**
   * Has the refused messages go out again after the wait, in front of later ones.
   *
   * @param {(Message & { ref: string })[]} refused
   * @param {Refusal} error
   */
  #delay(refused, error) {
    this.#tokens = Math.min(this.#tokens, 1);
    this.#requeue((message) => refused.includes(message));
    if (refused.length === 0) this.#emit("error", error);
    for (const message of refused) {
      message.error = error;
      this.#emit("refused", message);
    }
    this.#flush();
  }

  /**
   * @param {"join" | "leave" | "name"} type
   * @param {Record<string, any>} frame
   */
  #onMember(type, frame) {
    const { id } = frame;
    const known = typeof id === "string" ? this.#members.get(id) : undefined;
    const name = typeof frame.name === "string" ? frame.name : known?.name;
    if (typeof id !== "string" || name === undefined) return false;
    if (type === "leave") {
      const left = this.#members.delete(id);
      this.#emit("leave", { id, name });
      if (left) this.#setCount(this.#count - 1);
      return true;
    }
    if (type === "join" || known !== undefined) this.#members.set(id, { id, name });
    if (type === "join") {
      // the welcome may have told it already
      if (known !== undefined) return true;
      this.#emit("join", { id, name });
      this.#setCount(this.#count + 1);
      return true;
    }
    const own = id === this.#you?.id;
    if (own && this.#you !== null) {
      this.#you = { ...this.#you, name };
      this.#wanted = null;
    }
    this.#emit(
      "name",
      known === undefined ? { id, name, own } : { id, name, own, before: known.name },
    );
    return true;
  }

  /** @param {number} count */
  #setCount(count) {
    if (count === this.#count) return;
    this.#count = Math.max(0, count);
    this.#emit("count", { count: this.#count });
  }
}

/**
 * A new ref: 96 bits that nobody can guess, to say them first. (`crypto.randomUUID` is missing on
 * pages without TLS.)
 */
function newRef() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(12))));
}

/**
 * @param {string} line
 * @returns {Record<string, any> | null} an object, or null for all else
 */
function parse(line) {
  try {
    const value = JSON.parse(line);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** @param {string} text */
function byteLength(text) {
  return new TextEncoder().encode(text).length;
}

/**
 * @param {unknown} value
 * @returns {value is number}
 */
function isCount(value) {
  return Number.isSafeInteger(value) && /** @type {number} */ (value) >= 0;
}

/** @param {unknown} value */
function amount(value) {
  return typeof value === "number" && value > 0 ? value : 0;
}
