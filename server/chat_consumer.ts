import { getLogger } from "@logtape/logtape";
import type { Connection } from "./connection.ts";
import { type Acceptance, type Consumer, PROTOCOL_HEADER } from "./consumer.ts";
import type { Counters } from "./counters.ts";
import {
  type ChannelLayer,
  type GroupMessage,
  LayerUnavailableError,
  type Position,
} from "./layers/channel_layer.ts";
import { encodeMessage } from "./layers/encode_message.ts";
import { provenId, signId } from "./identity.ts";
import { Member, type Resume, type Start } from "./member.ts";
import { NAME_LENGTH, nameProblem, tidyName } from "./member_name.ts";
import {
  type ClientFrame,
  Close,
  encodePresence,
  encodeRefusal,
  encodeWelcome,
  isTooBig,
  parseFrame,
  parsePlainFrame,
  PONG,
  refOf,
  type Refusal,
  type Rename,
  type Say,
  SUBPROTOCOL,
} from "./protocol.ts";
import { lists } from "./header_list.ts";
import { groupName, RoomNameError, roomNameFromPath } from "./room_name.ts";
import type { HeldRoom, Rooms } from "./rooms.ts";
import { randomId } from "./random_id.ts";
import type { Scope } from "./routing.ts";
import { TokenBucket } from "./token_bucket.ts";

const logger = getLogger(["parley", "chat"]);

/** What one connection may send; 0 turns a limit off. */
export interface ChatLimits {
  /** UTF-8 bytes of a message's text. */
  readonly messageBytes: number;
  /** Messages a second, in the long run. */
  readonly messageRate: number;
  /** Messages at once. */
  readonly messageBurst: number;
}

/** What the chat needs of the server. */
export interface ChatDependencies {
  /** Takes what is said. */
  readonly layer: ChannelLayer;
  /** Has the rooms on this node. */
  readonly rooms: Rooms;
  /** What one connection may send. */
  readonly limits: ChatLimits;
  /** What is counted. */
  readonly counters: Counters;
}

/** JSON may spell one byte of text as six (`\u0041`), and a frame has more than its text. */
const FRAME_BYTES_PER_MESSAGE_BYTE = 6;
const FRAME_EXTRA_BYTES = 1024;

/** At least so many bytes of answers may wait in a socket, and as many as a burst is answered with. */
const LEAST_UNREAD = 1024 * 1024;

/** A client's typing is passed on at most once in this time, in milliseconds. */
const TYPING_INTERVAL = 2_000;

/** How long a refused client should wait while the layer is away, in milliseconds. */
const UNAVAILABLE_RETRY = 500;

/** What clients are told while the layer is away; its own words are for the log. */
const UNAVAILABLE = "The chat cannot be reached now; try again";

/** Seconds for `Retry-After` while the layer is away. */
const RETRY_AFTER = 1;

/** The close codes by which plain clients, who know no errors, hear of a refusal. */
const PLAIN_CLOSE: Record<Refusal["code"], number> = {
  bad_message: Close.invalidPayload,
  bad_name: Close.invalidPayload,
  name_characters: Close.invalidPayload,
  name_empty: Close.invalidPayload,
  name_taken: Close.invalidPayload,
  name_too_long: Close.invalidPayload,
  bad_ref: Close.invalidPayload,
  unknown_type: Close.invalidPayload,
  rate: Close.policyViolation,
  too_big: Close.messageTooBig,
  unavailable: Close.tryAgainLater,
};

/** The chat: what one connection may say, and what it hears. */
export class ChatConsumer implements Consumer {
  readonly #layer: ChannelLayer;
  readonly #rooms: Rooms;
  readonly #limits: ChatLimits;
  readonly #counters: Counters;
  readonly #bucket: TokenBucket;
  #roomName = "";
  #group = "";
  #id = "";
  #held: HeldRoom | undefined;
  #member!: Member;
  #connection!: Connection;
  /** The log that this connection was welcomed to. */
  #epoch: string | undefined;
  #typedAt = -Infinity;
  /** What it was answered since its socket last held less than answers may take, in UTF-16 units. */
  #unread = 0;

  /** One for each connection. */
  constructor({ layer, rooms, limits, counters }: ChatDependencies) {
    this.#layer = layer;
    this.#rooms = rooms;
    this.#limits = limits;
    this.#counters = counters;
    this.#bucket = new TokenBucket(limits.messageRate, limits.messageBurst);
  }

  async connect(scope: Scope, connection: Connection): Promise<Acceptance | Response> {
    try {
      this.#roomName = roomNameFromPath(scope.params.room ?? "");
    } catch (error) {
      if (!(error instanceof RoomNameError)) throw error;
      return new Response(`${error.message}\n`, { status: 400 });
    }
    this.#group = groupName(this.#roomName);
    const plain = !lists(scope.request.headers.get(PROTOCOL_HEADER), SUBPROTOCOL);
    const { searchParams } = scope.url;
    this.#id = plain
      ? randomId()
      : provenId(searchParams.get("id"), searchParams.get("token"), this.#layer.secrets);
    try {
      this.#held = await this.#rooms.hold(this.#roomName);
    } catch (error) {
      if (!(error instanceof LayerUnavailableError)) throw error;
      logger.info("Cannot let a client in: {error}", { error: error.message });
      return new Response(`${UNAVAILABLE}\n`, {
        status: 503,
        headers: { "retry-after": String(RETRY_AFTER) },
      });
    }
    const { room, presence } = this.#held;
    this.#connection = connection;
    this.#member = plain
      ? new Member(connection, this.#id)
      : new Member(connection, this.#id, (start) => this.#welcome(start));
    this.#member.onDropped = () => this.#leave();
    // From here on nothing is missed, however long it takes to enter.
    room.add(this.#member, plain ? undefined : resumeOf(searchParams));
    await presence.enter(this.#id, plain ? undefined : wantedName(searchParams));
    return plain ? {} : { subprotocol: SUBPROTOCOL };
  }

  opened(): void {
    this.#held?.room.open(this.#member);
  }

  receive(data: string | ArrayBuffer): void {
    // A connection that is being closed has had its answer.
    if (!this.#connection.open) return;
    // The welcome comes before all answers, though it may have to wait while the room sends much.
    if (!this.#member.plain && this.#epoch === undefined) this.#held?.room.flush();
    if (typeof data !== "string") {
      this.#counters.refused.bad_message++;
      return this.#close(Close.unsupportedData, "text frames only");
    }
    if (isTooBig(data, this.#frameBytes)) {
      this.#counters.refused.too_big++;
      return this.#close(Close.messageTooBig, `at most ${this.#limits.messageBytes} bytes`);
    }
    const frame = this.#admit(this.#member.plain ? parsePlainFrame(data) : parseFrame(data));
    switch (frame.kind) {
      case "say":
        return this.#say(frame);
      case "rename":
        return this.#rename(frame);
      case "typing":
        return this.#typing();
      case "ping":
        return this.#answer(PONG);
      case "refusal":
        return this.#refuse(frame);
    }
  }

  disconnect(_code: number): void {
    this.#leave();
  }

  #leave(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    held.room.delete(this.#member);
    held.presence.leave(this.#id, !this.#member.plain);
    held.release();
  }

  #welcome(start: Start): void {
    if (this.#held === undefined) return;
    const { room, presence } = this.#held;
    const { messageBytes, messageRate, messageBurst } = this.#limits;
    const you = { id: this.#id, name: presence.nameOf(this.#id) };
    const listed = room.members;
    // The layer's word that we are in the roster may still be on its way.
    const missing = listed !== undefined && !listed.some(({ id }) => id === you.id);
    this.#epoch = start.epoch;
    this.#connection.send(encodeWelcome({
      room: this.#roomName,
      you: { ...you, token: signId(you.id, this.#layer.secrets[0]!) },
      ...start,
      members: missing ? [...listed, you] : listed,
      count: room.count + (missing ? 1 : 0),
      limits: {
        message_bytes: messageBytes,
        message_rate: messageRate,
        message_burst: messageBurst,
        name_length: NAME_LENGTH,
      },
    }));
  }

  #admit(frame: ClientFrame): ClientFrame {
    if (!this.#bucket.take()) {
      const retry = this.#bucket.wait();
      const detail = `At most ${this.#limits.messageRate} messages a second`;
      return { kind: "refusal", code: "rate", detail, retry, ...refOf(frame.ref) };
    }
    const { messageBytes } = this.#limits;
    if (frame.kind === "say" && isTooBig(frame.message, messageBytes)) {
      const detail = `At most ${messageBytes} bytes a message`;
      return { kind: "refusal", code: "too_big", detail, ...refOf(frame.ref) };
    }
    return frame;
  }

  #say({ message, ref }: Say): void {
    this.#counters.messagesReceived++;
    // Its words would be told, and kept, under a name that may be another's. A plain member chose none.
    if (!this.#member.plain && this.#held?.presence.isLate(this.#id)) {
      return this.#fail(new LayerUnavailableError("the name is not claimed yet"), ref);
    }
    this.#held?.room.expectAnswer(this.#member);
    const name = this.#held?.presence.nameOf(this.#id) ?? "";
    const said = { message, from: this.#id, name, ...refOf(ref) };
    const sent = this.#layer.groupSend(this.#group, said);
    (ref === undefined ? sent : sent.then((position) => this.#acknowledge(said, position)))
      .catch((error: unknown) => this.#fail(error, ref));
  }

  /**
   * A message that was said before, and lies before what this connection is sent or in a gap of that,
   * does not come by itself: its sender is told here that it was said.
   */
  #acknowledge(said: GroupMessage, { epoch, seq }: Position): void {
    if (this.#epoch !== epoch || seq > this.#member.skipped) return;
    // Who is still to be told of that gap asks once more when it is.
    if (this.#member.toWelcome) return;
    this.#answer(encodeMessage({ ...said, seq, at: Date.now() }));
  }

  #rename({ name, ref }: Rename): void {
    const held = this.#held;
    const told = held?.room.nameTold(this.#id);
    held?.presence.rename(this.#id, name).then((done) => {
      if (done) {
        // Nobody is told where members are not listed, or of what is no news, but who asked is answered.
        if (held.room.members === undefined || name === told) {
          this.#answer(encodePresence("name", this.#id, name));
        }
        return;
      }
      const detail = "Somebody else here has that name";
      this.#refuse({ kind: "refusal", code: "name_taken", detail, ...refOf(ref) });
    }).catch((error: unknown) => this.#fail(error, ref));
  }

  #typing(): void {
    const now = performance.now();
    if (now - this.#typedAt < TYPING_INTERVAL) return;
    this.#typedAt = now;
    this.#layer.groupTyping(this.#group, this.#id);
  }

  /** Tells that the layer could not do it. */
  #fail(error: unknown, ref: string | undefined): void {
    if (!(error instanceof LayerUnavailableError)) {
      logger.error("Cannot do what a client asks: {error}", { error });
    }
    this.#refuse({
      kind: "refusal",
      code: "unavailable",
      detail: UNAVAILABLE,
      retry: UNAVAILABLE_RETRY,
      ...refOf(ref),
    });
  }

  #refuse(refusal: Refusal): void {
    this.#counters.refused[refusal.code]++;
    if (this.#member.plain) this.#close(PLAIN_CLOSE[refusal.code], refusal.detail);
    else if (this.#bucket.overdrawn) this.#close(Close.policyViolation, refusal.detail);
    else this.#answer(encodeRefusal(refusal));
  }

  /** Answers a frame; who asks on and reads no answer is put out. */
  #answer(text: string): void {
    const most = Math.max(LEAST_UNREAD, this.#limits.messageBurst * this.#frameBytes);
    if (!this.#connection.buffersMoreThan(most)) this.#unread = 0;
    else if (this.#unread > most) return this.#close(Close.tryAgainLater, "too slow");
    this.#unread += text.length;
    this.#connection.send(text);
  }

  /** The most bytes of a frame that may be worth reading; 0: no limit. */
  get #frameBytes(): number {
    const { messageBytes } = this.#limits;
    return messageBytes && messageBytes * FRAME_BYTES_PER_MESSAGE_BYTE + FRAME_EXTRA_BYTES;
  }

  /** Closes the connection, after what the room has for it: also if the peer does not answer that. */
  #close(code: number, reason: string): void {
    this.#held?.room.flush();
    this.#connection.close(code, reason);
    this.#leave();
  }
}

/** Where the client says it was, if it does. */
function resumeOf(query: URLSearchParams): Resume | undefined {
  const epoch = query.get("epoch");
  const after = Number(query.get("after") ?? NaN);
  return epoch !== null && Number.isSafeInteger(after) && after >= 0 ? { epoch, after } : undefined;
}

/** The name that the client would like, if it can be had at all. */
function wantedName(query: URLSearchParams): string | undefined {
  const name = tidyName(query.get("name") ?? "");
  return nameProblem(name) === undefined ? name : undefined;
}
