// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { groupName } from "../../server/room_name.ts";
import { ChatSocket, type Frame } from "../support/chat_socket.ts";
import { enter, V1 } from "../support/enter.ts";
import { RosterAway } from "../support/roster_away.ts";
import { TestApp } from "../support/test_app.ts";

Deno.test("chat: a welcome says where the client is, who is there and what it may do", async () => {
  await using test = new TestApp();
  await using ann = await ChatSocket.open(test.ws("你好"), V1);
  const { epoch, you, ...welcome } = await ann.next();
  assertEquals(ann.socket.protocol, "parley.v1");
  assertEquals(welcome, {
    type: "welcome",
    room: "你好",
    seq: 0,
    gap: false,
    members: [{ id: you.id, name: you.name }],
    count: 1,
    limits: { message_bytes: 16_384, message_rate: 10, message_burst: 20, name_length: 32 },
  });
  assert(epoch.length === 16 && you.id.length === 16 && you.token.length === 43);
  assert(/^Guest \d{4}$/.test(you.name), you.name);
});

Deno.test("chat: names are asked for, unique in the room, and seen by all", async () => {
  await using test = new TestApp();
  const ann = await enter(test, "?name=Ann");
  const ben = await enter(test, "?name=%EF%BC%A1nn");
  const elsewhere = await enter(test, "?name=Ann", "elsewhere");
  await using _ = ann.socket;
  await using __ = ben.socket;
  await using ___ = elsewhere.socket;
  assertEquals(ann.welcome.you.name, "Ann");
  assertEquals(ben.welcome.you.name, "\uFF21nn 2");
  assertEquals(elsewhere.welcome.you.name, "Ann");
  assertEquals(ben.welcome.count, 2);
  assertEquals(await ann.socket.next(), {
    type: "join",
    id: ben.welcome.you.id,
    name: "\uFF21nn 2",
  });
  ben.socket.send({ type: "name", name: " Ben\t B. " });
  const renamed = { type: "name", id: ben.welcome.you.id, name: "Ben B." };
  assertEquals(await ann.socket.next(), renamed);
  assertEquals(await ben.socket.next(), renamed);
  ben.socket.send({ message: "hi" });
  assertEquals((await ann.socket.next()).name, "Ben B.");
});

Deno.test("chat: a name that cannot be, or is another's, is refused", async () => {
  await using test = new TestApp();
  const ann = await enter(test, "?name=Ann");
  const ben = await enter(test, "?name=Ben");
  await using _ = ann.socket;
  await using __ = ben.socket;
  const ask = async (name: unknown, ref: string) => {
    ben.socket.send({ type: "name", name, ref });
    const { type, code, ref: got } = await ben.socket.next();
    assertEquals([type, got], ["error", ref]);
    return code;
  };
  assertEquals(await ask("ANN", "r1"), "name_taken");
  const refused = [
    ["", "name_empty"],
    ["  ", "name_empty"],
    ["a\u202Eb", "name_characters"],
    ["x".repeat(33), "name_too_long"],
    [7, "bad_name"],
  ] as const;
  for (const [name, code] of refused) assertEquals(await ask(name, "r2"), code);
  assertEquals((await enterAndLeave(test, "?name=x%00")).name.startsWith("Guest"), true);
});

async function enterAndLeave(test: TestApp, query: string) {
  const { socket, welcome } = await enter(test, query, "other");
  await using _ = socket;
  return welcome.you;
}

Deno.test("chat: who comes back with its token within 5 s is the same, and nobody hears of it", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const first = await enter(test, "?name=Ann");
  const { id, name, token } = first.welcome.you;
  assertEquals((await ben.socket.next()).type, "join");
  await first.socket[Symbol.asyncDispose]();
  const again = await enter(test, `?name=Ann&id=${id}&token=${encodeURIComponent(token)}`);
  await using __ = again.socket;
  assertEquals(again.welcome.you, { id, name, token });
  again.socket.send({ message: "back" });
  const next = await ben.socket.next();
  assertEquals([next.message, next.from, next.name], ["back", id, "Ann"]);
});

Deno.test("chat: who comes back with another name has it, if it is free", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const first = await enter(test, "?name=Ann");
  const { id, token } = first.welcome.you;
  assertEquals((await ben.socket.next()).type, "join");
  await first.socket[Symbol.asyncDispose]();
  const second = await enter(test, `?name=Anna&id=${id}&token=${token}`);
  assertEquals(second.welcome.you.name, "Anna");
  assertEquals(await ben.socket.next(), { type: "name", id, name: "Anna" });
  await second.socket[Symbol.asyncDispose]();
  const third = await enter(test, `?name=BEN&id=${id}&token=${token}`);
  await using __ = third.socket;
  assertEquals(third.welcome.you.name, "Anna");
});

Deno.test("chat: an id without its token is not given to somebody else", async () => {
  await using test = new TestApp();
  const ann = await enter(test, "?name=Ann");
  await using _ = ann.socket;
  const thief = await enter(test, `?name=Ann&id=${ann.welcome.you.id}&token=x`);
  await using __ = thief.socket;
  assert(thief.welcome.you.id !== ann.welcome.you.id);
  assertEquals(thief.welcome.you.name, "Ann 2");
});

Deno.test("chat: who leaves is gone after 5 s, its name free again", async () => {
  await using test = new TestApp();
  const ben = await enter(test, "?name=Ben");
  await using _ = ben.socket;
  const ann = await enter(test, "?name=Ann");
  await ben.socket.next();
  await ann.socket[Symbol.asyncDispose]();
  const { id } = ann.welcome.you;
  assertEquals(await ben.socket.next(), { type: "leave", id, name: "Ann" });
  ben.socket.send({ type: "name", name: "Ann" });
  assertEquals((await ben.socket.next()).name, "Ann");
});

Deno.test("chat: plain clients appear as guests, come and go", async () => {
  await using test = new TestApp();
  const ann = await enter(test);
  await using _ = ann.socket;
  const plain = await ChatSocket.open(test.ws("lobby"));
  const { type, id, name } = await ann.socket.next();
  assertEquals(type, "join");
  assert(name.startsWith("Guest "));
  plain.send({ message: "hi" });
  const message = await ann.socket.next();
  assertEquals([message.message, message.from, message.name], ["hi", id, name]);
  await plain[Symbol.asyncDispose]();
  assertEquals(await ann.socket.next(), { type: "leave", id, name });
});

Deno.test("chat: in a room of over 200 members all are counted and none is listed", async () => {
  await using test = new TestApp(["--max-connections-per-ip", "0"]);
  await using crowd = new AsyncDisposableStack();
  const enterWith = async (query: string) => {
    const { socket, welcome } = await enter(test, query);
    crowd.use(socket);
    return { socket, welcome };
  };
  const first = await enterWith("?name=Ann");
  for (let n = 2; n < 200; n++) await enterWith("");
  const listed = await enterWith("");
  assertEquals([listed.welcome.count, listed.welcome.members.length], [200, 200]);
  const counted = await enterWith("");
  assertEquals([counted.welcome.count, counted.welcome.members], [201, undefined]);
  const news = [];
  while (news.at(-1)?.type !== "count") news.push(await first.socket.next());
  assertEquals(news.slice(0, -1).map(({ type }) => type), Array(199).fill("join"));
  assertEquals(news.at(-1), { type: "count", count: 201 });
  // a name is nobody's news there but its owner's
  const { id } = first.welcome.you;
  first.socket.send({ type: "name", name: "Anna" });
  assertEquals(await first.socket.next(), { type: "name", id, name: "Anna" });
  first.socket.send({ message: "many" });
  const message = await counted.socket.nextMessage();
  assertEquals([message.message, message.name], ["many", "Anna"]);
  assertEquals(counted.socket.waiting, []);
});

Deno.test("chat: who came while the roster was away says nothing under a name that is another's", async () => {
  const layer = new RosterAway();
  await using test = new TestApp([], layer);
  const ann = await enter(test, "?name=Ann");
  await using _ = ann.socket;
  layer.away = true;
  const ben = await enter(test, "?name=Ann");
  await using __ = ben.socket;
  const refused = async () => {
    ben.socket.send({ message: "I am Ann", ref: "r1" });
    const { type, code, ref, retry } = await ben.socket.next();
    assertEquals([type, code, ref], ["error", "unavailable", "r1"]);
    assert(retry > 0);
  };
  await refused();
  layer.asked = Promise.withResolvers();
  const answer = Promise.withResolvers<void>();
  layer.answers = answer.promise;
  layer.away = false;
  await layer.asked.promise;
  await refused();
  answer.resolve();
  const { id } = ben.welcome.you;
  assertEquals(await ann.socket.next(), { type: "join", id, name: "Ann 2" });
  ben.socket.send({ message: "I am Ann", ref: "r1" });
  const { name, message, seq } = await ann.socket.nextMessage();
  assertEquals([name, message, seq], ["Ann 2", "I am Ann", 1]);
});

Deno.test("chat: whom the layer has lost, and who leaves before it is put back, is gone", async () => {
  const layer = new RosterAway();
  await using test = new TestApp([], layer);
  const ann = await enter(test, "?name=Ann");
  await using _ = ann.socket;
  const guest = await ChatSocket.open(test.ws("lobby"));
  const { id, name } = await ann.socket.next();
  layer.asked = Promise.withResolvers();
  layer.away = true;
  await layer.rosterDiscard(groupName("lobby"), id);
  await layer.asked.promise;
  await guest.close();
  assertEquals(await ann.socket.next(), { type: "leave", id, name });
  layer.away = false;
  const ben = await enter(test, "?name=Ben");
  await using __ = ben.socket;
  assertEquals(ben.welcome.members.map(({ name }: Frame) => name), ["Ann", "Ben"]);
});

Deno.test("chat: who asks for the name that it has is answered, and nobody else hears of it", async () => {
  await using test = new TestApp();
  const ann = await enter(test, "?name=Ann");
  const ben = await enter(test, "?name=Ben");
  await using _ = ann.socket;
  await using __ = ben.socket;
  await ann.socket.next();
  ann.socket.send({ type: "name", name: "Ann" });
  assertEquals(await ann.socket.next(), { type: "name", id: ann.welcome.you.id, name: "Ann" });
  ann.socket.send({ message: "hi" });
  assertEquals((await ben.socket.next()).message, "hi");
});
