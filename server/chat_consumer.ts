import type { Acceptance, Connection, Consumer } from "./consumer.ts";
import { type ChannelLayer, LayerUnavailableError } from "./layers/channel_layer.ts";
import type { Counters } from "./metrics.ts";
import {
  type ClientFrame,
  Close,
  encodeRefusal,
  encodeWelcome,
  isTooBig,
  parseFrame,
  parsePlainFrame,
  type Refusal,
  type Say,
  SUBPROTOCOL,
} from "./protocol.ts";
import { randomId } from "./random_id.ts";
import { Member, type Resume, type Room, type Start } from "./room.ts";
import { groupName, RoomNameError, roomNameFromPath } from "./room_name.ts";
import type { Rooms } from "./rooms.ts";
import type { Scope } from "./routing.ts";
import { TokenBucket } from "./token_bucket.ts";

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
  readonly layer: ChannelLayer;
  readonly rooms: Rooms;
  readonly limits: ChatLimits;
  readonly counters: Counters;
}

/** JSON may spell one byte of text as six (`\u0041`), and a frame has more than its text. */
const FRAME_BYTES_PER_MESSAGE_BYTE = 6;
const FRAME_EXTRA_BYTES = 1024;

/** How long a refused client should wait while the layer is away, in milliseconds. */
const UNAVAILABLE_RETRY = 1_000;

/** Seconds for `Retry-After` while the layer is away. */
const RETRY_AFTER = 1;

/** The close codes by which plain clients, who know no errors, hear of a refusal. */
const PLAIN_CLOSE: Record<Refusal["code"], number> = {
  bad_message: Close.invalidPayload,
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
  #name = "";
  #group = "";
  #room: Room | undefined;
  #member!: Member;
  #connection!: Connection;
  #start!: Start;
  #you!: { id: string; name: string };

  constructor({ layer, rooms, limits, counters }: ChatDependencies) {
    this.#layer = layer;
    this.#rooms = rooms;
    this.#limits = limits;
    this.#counters = counters;
    this.#bucket = new TokenBucket(limits.messageRate, limits.messageBurst);
  }

  async connect(scope: Scope, connection: Connection): Promise<Acceptance | Response> {
    try {
      this.#name = roomNameFromPath(scope.params.room ?? "");
    } catch (error) {
      if (!(error instanceof RoomNameError)) throw error;
      return new Response(`${error.message}\n`, { status: 400 });
    }
    this.#group = groupName(this.#name);
    try {
      this.#room = await this.#rooms.hold(this.#name);
    } catch (error) {
      if (!(error instanceof LayerUnavailableError)) throw error;
      return new Response(`Cannot join the room: ${error.message}\n`, {
        status: 503,
        headers: { "retry-after": String(RETRY_AFTER) },
      });
    }
    const plain = !offers(scope.request, SUBPROTOCOL);
    this.#connection = connection;
    this.#member = new Member(connection, plain);
    const id = randomId();
    this.#you = { id, name: `Guest ${id.slice(0, 4)}` };
    this.#start = this.#room.add(this.#member, plain ? undefined : resumeOf(scope.url));
    return plain ? {} : { subprotocol: SUBPROTOCOL };
  }

  opened(): void {
    const room = this.#room;
    if (room === undefined) return;
    if (!this.#member.plain) {
      const { messageBytes, messageRate, messageBurst } = this.#limits;
      this.#connection.send(encodeWelcome({
        room: this.#name,
        you: this.#you,
        ...this.#start,
        members: [],
        count: room.size,
        limits: {
          message_bytes: messageBytes,
          message_rate: messageRate,
          message_burst: messageBurst,
        },
      }));
    }
    room.open(this.#member);
  }

  receive(data: string | ArrayBuffer): void {
    // A connection that is being closed has had its answer.
    if (!this.#connection.open) return;
    if (typeof data !== "string") {
      this.#close(Close.unsupportedData, "text frames only");
      return;
    }
    const { messageBytes } = this.#limits;
    const frameBytes = messageBytes * FRAME_BYTES_PER_MESSAGE_BYTE +
      (messageBytes && FRAME_EXTRA_BYTES);
    if (isTooBig(data, frameBytes)) {
      this.#close(Close.messageTooBig, `at most ${messageBytes} bytes`);
      return;
    }
    const frame = this.#admit(this.#member.plain ? parsePlainFrame(data) : parseFrame(data));
    if (frame.kind === "say") this.#say(frame);
    else this.#refuse(frame);
  }

  disconnect(_code: number): void {
    const room = this.#room;
    if (room === undefined) return;
    this.#room = undefined;
    room.delete(this.#member);
    this.#rooms.release(this.#name);
  }

  #admit(frame: ClientFrame): ClientFrame {
    if (!this.#bucket.take()) {
      const retry = this.#bucket.wait();
      const detail = `At most ${this.#limits.messageRate} messages a second`;
      return { kind: "refusal", code: "rate", detail, retry, ...refOf(frame) };
    }
    const { messageBytes } = this.#limits;
    if (frame.kind === "say" && isTooBig(frame.message, messageBytes)) {
      const detail = `At most ${messageBytes} bytes a message`;
      return { kind: "refusal", code: "too_big", detail, ...refOf(frame) };
    }
    return frame;
  }

  #say({ message, ref }: Say): void {
    this.#counters.messagesReceived++;
    const { plain } = this.#member;
    this.#layer.groupSend(this.#group, {
      message,
      ...(!plain && { from: this.#you.id, name: this.#you.name }),
      ...(ref !== undefined && { ref }),
    }).catch((error: unknown) => {
      const detail = error instanceof LayerUnavailableError ? error.message : "The server failed";
      this.#refuse({
        kind: "refusal",
        code: "unavailable",
        detail,
        retry: UNAVAILABLE_RETRY,
        ...(ref !== undefined && { ref }),
      });
      if (!(error instanceof LayerUnavailableError)) throw error;
    });
  }

  #refuse(refusal: Refusal): void {
    this.#counters.refused[refusal.code]++;
    if (this.#member.plain) this.#close(PLAIN_CLOSE[refusal.code], refusal.detail);
    else if (this.#bucket.overdrawn) this.#close(Close.policyViolation, refusal.detail);
    else this.#connection.send(encodeRefusal(refusal));
  }

  /** Closes the connection, after what the room has for it. */
  #close(code: number, reason: string): void {
    this.#room?.flush();
    this.#connection.close(code, reason);
  }
}

function refOf({ ref }: ClientFrame): { ref?: string } {
  return ref === undefined ? {} : { ref };
}

function offers(request: Request, subprotocol: string): boolean {
  const offered = request.headers.get("sec-websocket-protocol");
  return offered !== null && offered.split(",").some((name) => name.trim() === subprotocol);
}

/** Where the client says it was, if it does. */
function resumeOf(url: URL): Resume | undefined {
  const epoch = url.searchParams.get("epoch");
  const after = Number(url.searchParams.get("after") ?? NaN);
  return epoch !== null && Number.isSafeInteger(after) && after >= 0 ? { epoch, after } : undefined;
}
