// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { Chatter, Listener } from "./faults/chatter.ts";
import { Ledger, WRONGS } from "./faults/ledger.ts";
import { Load } from "./faults/load.ts";
import { ChatSocket } from "./support/chat_socket.ts";
import { ParleyProcess } from "./support/parley_process.ts";
import { RedisServer } from "./support/redis_server.ts";
import { seededRandom } from "./support/seeded_random.ts";
import { pause, until } from "./support/until.ts";

/** How many messages a full log has, where nothing else is set. */
const FULL = 1_000;

/** So many messages a second arrive while one joins. */
const RATE = 500;

const FLAGS = ["--message-rate", "0", "--max-connections", "0", "--max-connections-per-ip", "0"];

/** A client that came while others talked. */
interface Newcomer {
  /** Fails unless it has all that it ought to have, up to the last message, once and in order. */
  check(): Promise<void>;
}

/** A room whose log is full, and in which there is talk without a pause. */
class BusyRoom implements AsyncDisposable {
  readonly #name: string;
  readonly #random: () => number;
  readonly #ledger = new Ledger();
  readonly #talkers: Chatter[];
  readonly #stack = new AsyncDisposableStack();
  readonly #newcomers: Newcomer[] = [];
  #load: Load;
  #said = 0;

  /** The talkers are on these nodes, by turns. */
  constructor(name: string, nodes: readonly ParleyProcess[], random: () => number) {
    this.#name = name;
    this.#random = random;
    this.#talkers = [0, 1, 2, 3].map((n) =>
      new Chatter(this.#ledger, `talker ${n}`, nodes[n % nodes.length]!.http(), name)
    );
    this.#load = new Load(this.#talkers, { rate: 2_000, random });
  }

  /** Resolves when the log is full; from then on there is talk. */
  async fill(): Promise<void> {
    await until(() => this.#load.said > FULL, "a full log");
    await this.#fallSilent();
    this.#load = new Load(this.#talkers, { rate: RATE, random: this.#random });
    await this.flowing();
  }

  /** Resolves when so many more messages were shown. */
  async flowing(messages = 20): Promise<void> {
    const { seq } = this.#ledger.last;
    await until(() => this.#ledger.last.seq >= seq + messages, "talk");
  }

  /** The number of the last message that any talker has shown; there may be later ones. */
  get seq(): number {
    return this.#ledger.last.seq;
  }

  /** A newcomer. */
  async join(node: ParleyProcess): Promise<void> {
    const before = this.seq;
    const { socket, welcome } = await this.#enter(node);
    // what was not yet said when the welcome had come cannot have been before it
    const after = this.#said + this.#load.said;
    assertEquals(welcome.gap, false);
    assert(
      before - FULL <= welcome.seq && welcome.seq <= after - FULL,
      `a newcomer starts at ${welcome.seq}, between ${before} and ${after}`,
    );
    this.#follow(socket, welcome.seq);
  }

  /** Somebody who was there some messages ago. */
  async resume(node: ParleyProcess): Promise<void> {
    const { epoch } = this.#talkers[0]!.parley;
    const seq = this.seq - Math.floor(this.#random() * FULL / 2);
    const { socket, welcome } = await this.#enter(node, `?epoch=${epoch}&after=${seq}`);
    assertEquals([welcome.gap, welcome.seq], [false, seq]);
    this.#follow(socket, seq);
  }

  /** A plain client, which stays until it has heard something; the room may have been given up by its node then. */
  async pass(node: ParleyProcess): Promise<void> {
    const listener = new Listener(await ChatSocket.open(node.ws(this.#name)));
    const began = this.seq;
    await until(() => listener.texts.length > 20, "what a plain client hears");
    await listener.socket.close();
    this.#newcomers.push({
      check: () => {
        const { order } = this.#ledger;
        const first = order.indexOf(listener.texts[0]!);
        // it is told nothing of before it came
        assert(first + 1 >= began - RATE, `a plain client begins at ${first + 1}, not ${began}`);
        const due = order.slice(0, first + listener.texts.length);
        assertSame(listener.texts.map((text, n) => `${first + 1 + n}: ${text}`), due, first);
        return Promise.resolve();
      },
    });
  }

  /** Ends the talk, and checks what everybody has. */
  async check(): Promise<void> {
    await this.#fallSilent();
    const verdict = this.#ledger.judge();
    assertEquals(WRONGS.filter((key) => verdict[key] > 0), [], this.#ledger.complaints.join("\n"));
    for (const newcomer of this.#newcomers) await newcomer.check();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#load.stop();
    await Promise.all(this.#talkers.map((talker) => talker.leave()));
    await this.#stack.disposeAsync();
  }

  async #enter(node: ParleyProcess, query = "") {
    const protocol = "parley.v1";
    const socket = await ChatSocket.open(node.ws(this.#name) + query, { protocol });
    this.#stack.use(socket);
    return { socket, welcome: await socket.next() };
  }

  #follow(socket: ChatSocket, after: number): void {
    this.#newcomers.push({
      check: async () => {
        const { order } = this.#ledger;
        await until(() => socket.waiting.at(-1)?.seq >= order.length, "the last message");
        // presence aside, nothing else: no gap, no second welcome
        const frames = socket.waiting.filter(({ type }) => type !== "join" && type !== "leave");
        assertSame(frames.map(({ seq, message }) => `${seq}: ${message}`), order, after);
      },
    });
  }

  async #fallSilent(): Promise<void> {
    this.#load.stop();
    await until(
      () => this.#talkers.every(({ settled, view }) => settled && view.isLast),
      "the talkers to have all",
    );
    this.#said += this.#load.said;
  }
}

/** What was heard must be all of the order after that number; the first difference is enough to be told of. */
function assertSame(heard: readonly string[], order: readonly string[], after: number): void {
  const due = order.map((text, index) => `${index + 1}: ${text}`).slice(after);
  const at = Array.from({ length: Math.max(heard.length, due.length) }, (_, n) => n)
    .find((n) => heard[n] !== due[n]);
  if (at !== undefined) assertEquals(heard.slice(at, at + 5), due.slice(at, at + 5), `place ${at}`);
}

/** Has many join, each at another moment, and hear what is said after that. */
async function joinAll(room: BusyRoom, nodes: readonly ParleyProcess[], random: () => number) {
  await Promise.all(Array.from({ length: 30 }, async (_, n) => {
    await pause(random() * 3_000);
    const node = nodes[n % nodes.length]!;
    await Promise.all([room.join(node), room.resume(node), room.pass(node)]);
  }));
  await room.flowing(100);
}

Deno.test("who joins a room with a full log amid 500 messages a second has no hole and no double", async () => {
  const random = seededRandom(1);
  await using parley = await ParleyProcess.start({ flags: FLAGS });
  await using room = new BusyRoom("lobby", [parley], random);
  await room.fill();
  await joinAll(room, [parley], random);
  await room.check();
});

Deno.test("who joins it on one of two nodes has no hole and no double", async () => {
  const random = seededRandom(2);
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url, ...FLAGS];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  await using room = new BusyRoom("lobby", [one, two], random);
  await room.fill();
  await joinAll(room, [one, two], random);
  await room.check();
});

Deno.test("who is the first to join it on a node has no hole and no double", async () => {
  const random = seededRandom(3);
  await using redis = await RedisServer.start();
  const flags = ["--redis", redis.url, ...FLAGS];
  await using one = await ParleyProcess.start({ flags });
  await using two = await ParleyProcess.start({ flags });
  for (let round = 0; round < 6; round++) {
    await using room = new BusyRoom(`room-${round}`, [one], random);
    await room.fill();
    // each finds the room given up by the node, or just being given up
    for (let n = 0; n < 10; n++) {
      await pause(random() * 20);
      await room.pass(two);
    }
    await Promise.all(Array.from({ length: 5 }, async () => {
      await pause(random() * 20);
      await Promise.all([room.join(two), room.resume(two)]);
    }));
    await room.flowing(100);
    await room.check();
  }
});
