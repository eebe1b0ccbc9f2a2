// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertGreaterOrEqual } from "@std/assert";
import { ChatSocket } from "./support/chat_socket.ts";
import { eventually } from "./support/eventually.ts";
import { ParleyProcess } from "./support/parley_process.ts";
import { RedisServer } from "./support/redis_server.ts";

/** A Parley with these flags, alone or on a Redis of its own. */
async function start(flags: string[], stack: AsyncDisposableStack, alone: boolean) {
  const redis = alone ? [] : ["--redis", stack.use(await RedisServer.start()).url];
  const all = ["--message-rate", "0", ...redis, ...flags];
  return stack.use(await ParleyProcess.start({ flags: all }));
}

/** Has a plain client come, say so many messages, and go: nobody is in the room then. */
async function talk(parley: ParleyProcess, room: string, count: number, length = 0) {
  await using talker = await ChatSocket.open(parley.ws(room));
  for (let n = 1; n <= count; n++) talker.send({ message: `${n}`.padEnd(length, "x") });
  await talker.nextTexts(count);
}

/** Resolves when no room has a member on the node or one that may come back. */
async function empty(parley: ParleyProcess): Promise<void> {
  const metrics = async () => await (await fetch(parley.http("/metrics"))).text();
  await eventually(metrics, (text) => /^parley_rooms 0$/m.test(text));
}

/**
 * The numbers of the messages that a newcomer gets. `much`: they may be more than its socket takes at
 * once, so that it says something itself, which comes behind them whatever happens.
 */
async function kept(parley: ParleyProcess, room: string, much = false): Promise<number[]> {
  const protocol = "parley.v1";
  await using newcomer = await ChatSocket.open(parley.ws(room), { protocol });
  const { seq: after, gap } = await newcomer.next();
  assertEquals(gap, false);
  // its answer comes behind what there is
  newcomer.send(much ? { message: "the end" } : { type: "ping" });
  const numbers: number[] = [];
  for (;;) {
    const { type, message, seq } = await newcomer.next();
    if (type === "pong" || message === "the end") break;
    if (seq !== undefined) numbers.push(seq);
  }
  assertEquals(numbers, numbers.map((_, n) => after + 1 + n));
  return numbers;
}

for (const alone of [true, false]) {
  const where = alone ? "alone" : "on Redis";

  /** What a newcomer gets of the room: first when nobody is in it, then when somebody is, or was just now. */
  const keptTwice = async (parley: ParleyProcess, room: string) => {
    await empty(parley);
    const numbers = await kept(parley, room);
    assertEquals(await kept(parley, room), numbers, "the room's and the layer's");
    return numbers;
  };

  Deno.test(`--history says how many messages of a room are kept, ${where}`, async () => {
    await using stack = new AsyncDisposableStack();
    const parley = await start(["--history", "3"], stack, alone);
    await talk(parley, "lobby", 10);
    assertEquals(await keptTwice(parley, "lobby"), [8, 9, 10]);
    await talk(parley, "lobby", 1);
    assertEquals(await kept(parley, "lobby"), [9, 10, 11]);
  });

  Deno.test(`--history 0 keeps none, ${where}`, async () => {
    await using stack = new AsyncDisposableStack();
    const parley = await start(["--history", "0"], stack, alone);
    await talk(parley, "lobby", 10);
    assertEquals(await keptTwice(parley, "lobby"), []);
  });

  Deno.test(`--history-bytes says how many bytes of a room are kept, ${where}`, async () => {
    await using stack = new AsyncDisposableStack();
    const parley = await start(["--history-bytes", "4K"], stack, alone);
    await talk(parley, "lobby", 10, 1_000);
    const numbers = await keptTwice(parley, "lobby");
    assertEquals(numbers, [8, 9, 10]);
    // one that is larger than all that may be kept is heard, and not kept
    await talk(parley, "lobby", 1, 5_000);
    assertEquals(await kept(parley, "lobby"), []);
  });

  Deno.test(`--history-ttl says how long a silent room is kept, ${where}`, async () => {
    await using stack = new AsyncDisposableStack();
    const parley = await start(["--history-ttl", "2s"], stack, alone);
    const began = performance.now();
    await talk(parley, "left", 3);
    await empty(parley);
    await using member = await ChatSocket.open(parley.ws("held"));
    await talk(parley, "held", 3);
    await member.nextTexts(3);
    assertEquals(await kept(parley, "held"), [1, 2, 3]);
    await eventually(() => kept(parley, "held"), (numbers) => numbers.length === 0);
    assertGreaterOrEqual(performance.now() - began, 2_000);
    assertEquals(await kept(parley, "left"), []);
    // the log goes on
    for (const room of ["left", "held"]) {
      await talk(parley, room, 1);
      assertEquals(await kept(parley, room), [4]);
    }
  });
}

Deno.test("--history-memory says how many bytes of all rooms are kept: those silent longest go first", async () => {
  await using stack = new AsyncDisposableStack();
  const parley = await start(["--history-memory", "70K"], stack, true);
  for (const room of ["a", "b", "c"]) await talk(parley, room, 10, 1_000);
  await talk(parley, "a", 1);
  await talk(parley, "d", 10, 1_000);
  await empty(parley);
  const rooms = ["a", "b", "c", "d"];
  const counts: number[] = [];
  for (const room of rooms) counts.push((await kept(parley, room)).length);
  assertEquals(counts, [11, 0, 10, 10]);
  // what is kept of one room is never more than of all
  await talk(parley, "e", 100, 1_000);
  await empty(parley);
  const numbers = await kept(parley, "e", true);
  assert(numbers.length > 0 && numbers.length < 64, `${numbers}`);
  assertEquals(numbers.at(-1), 100);
});
