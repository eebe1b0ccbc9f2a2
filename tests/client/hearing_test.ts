// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertNotEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type Message, Parley, PROTOCOL, roomProblem } from "../../static/client.js";
import { Client, enter, said, Stage } from "../support/client_stage.ts";

Deno.test("Parley asks for the room under the server's address, in NFC and encoded", async () => {
  await using stage = new Stage();
  const parley = new Parley(`${stage.address}/base`, "cafe\u0301 / ☕");
  parley.connect();
  const peer = await stage.accept();
  assertEquals(decodeURIComponent(peer.url.pathname), "/base/ws/chat/café / ☕/");
  assertEquals(peer.url.pathname.split("/").length, 6);
  assertEquals(peer.url.search, "");
  assertEquals(peer.protocol, PROTOCOL);
  assertEquals(parley.room, "café / ☕");
  await parley.close();
});

Deno.test("Parley refuses an address or a room that cannot be", () => {
  assertThrows(() => new Parley("ftp://host", "lobby"), TypeError, "not a web address");
  assertThrows(() => new Parley("nowhere", "lobby"), TypeError);
  assertThrows(() => new Parley("http://host", ".."), TypeError, "dots");
});

Deno.test("roomProblem() knows the rules of the server", () => {
  const cases: [string, ReturnType<typeof roomProblem>][] = [
    ["lobby", ""],
    ["", "empty"],
    [".", "dots"],
    ["..", "dots"],
    ["...", ""],
    ["a\nb", "control_character"],
    ["a\u0085b", "control_character"],
    ["\ud83d", "malformed"],
    ["😀".repeat(100), ""],
    ["😀".repeat(101), "too_long"],
    ["e\u0301".repeat(100), ""],
  ];
  for (const [name, problem] of cases) {
    assertEquals(roomProblem(name), problem, JSON.stringify(name));
  }
});

Deno.test("the welcome says who we are, who is here, and what is allowed", async () => {
  await using stage = new Stage();
  const members = [{ id: "me", name: "Guest 1" }, { id: "ann", name: "Ann" }];
  const { client, parley } = await enter(stage, {}, { members, count: 2, seq: 7 });
  await using _ = client;
  assertEquals(parley.state, "open");
  assertEquals(parley.you, { id: "me", name: "Guest 1", token: "secret" });
  assertEquals([...parley.members.values()], members);
  assertEquals(parley.count, 2);
  assertEquals([parley.epoch, parley.seq], ["e1", 7]);
  assertEquals(parley.limits.message_bytes, 100);
  assertEquals(client.history[0], { type: "state", detail: { state: "connecting" } });
});

Deno.test("messages are told with all that the server says of them", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage);
  await using _ = client;
  peer.send({ seq: 1, message: "from a plain client", at: 5 });
  peer.send(said(2, { ref: "theirs", surprise: true }));
  assertEquals(await client.next("message"), {
    message: "from a plain client",
    own: false,
    status: "sent",
    seq: 1,
    epoch: "e1",
    at: 5,
  });
  assertEquals(await client.next("message"), {
    message: "m2",
    own: false,
    status: "sent",
    seq: 2,
    epoch: "e1",
    name: "Ann",
    from: "ann",
    at: 1_700_000_000_002,
    ref: "theirs",
  });
});

Deno.test("one frame may hold several objects, and unreadable ones spoil none of the others", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage);
  await using _ = client;
  peer.send(
    said(1),
    "{broken",
    "null",
    "[]",
    '"text"',
    "",
    { seq: "2", message: "no number" },
    { seq: 2, message: 2 },
    { type: "join" },
    { type: "welcome" },
    { type: "of the future", message: "x" },
    said(2),
  );
  peer.socket.send(new Uint8Array([1, 2, 3]));
  peer.send(said(3));
  while (client.texts.length < 3) await client.next("message");
  assertEquals(client.texts, ["m1", "m2", "m3"]);
  const errors = client.history.filter(({ type }) => type === "error");
  assertEquals(errors.map(({ detail }) => detail.code), Array(8).fill("malformed"));
});

Deno.test("a message is told once, whatever the server repeats", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage, {}, { seq: 4 });
  await using _ = client;
  peer.send(said(4), said(5), said(5), said(6), said(5));
  peer.send(said(7));
  while (client.texts.length < 3) await client.next("message");
  assertEquals(client.texts, ["m5", "m6", "m7"]);
});

Deno.test("after a cut it resumes behind the last message, as the same member", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage, { name: "Ann" });
  await using _ = client;
  assertEquals(peer.url.search, "?name=Ann");
  peer.send(said(1), said(2));
  await client.next("message");
  await peer.cut();
  const again = await stage.accept();
  assertEquals(Object.fromEntries(again.url.searchParams), {
    epoch: "e1",
    after: "2",
    name: "Guest 1",
    id: "me",
    token: "secret",
  });
  again.welcome({ seq: 2 });
  again.send(said(2), said(3));
  while (client.texts.length < 3) await client.next("message");
  assertEquals(client.texts, ["m1", "m2", "m3"]);
  assertEquals(client.history.filter(({ type }) => type === "gap"), []);
});

Deno.test("identity and position may come from an earlier client", async () => {
  await using stage = new Stage();
  const kept = { name: "Ann", id: "me", token: "secret", epoch: "e1", after: 41 };
  const client = new Client(stage, kept);
  await using _ = client;
  const peer = await stage.accept();
  assertEquals(Object.fromEntries(peer.url.searchParams), { ...kept, after: "41" });
  peer.welcome({ seq: 41, you: { id: "other", name: "Ann" } });
  // the server may give another id all the same: what the earlier one said is still ours
  peer.send(said(42, { from: "me" }), said(43, { from: "other" }), said(44));
  const own = [];
  while (own.length < 3) own.push((await client.next("message")).own);
  assertEquals(own, [true, true, false]);
});

Deno.test("a gap is told: by the event, by the welcome, by another epoch, by a position ahead", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage, {}, { gap: true, seq: 3 });
  await using _ = client;
  peer.send({ type: "gap", seq: 8 }, said(9));
  assertEquals(await client.next("gap"), { after: 3, seq: 8, epoch: "e1", renewed: false });
  await client.next("message");

  peer.welcome({ seq: 20, gap: true });
  assertEquals(await client.next("gap"), { after: 9, seq: 20, epoch: "e1", renewed: false });
  peer.welcome({ seq: 25 });
  assertEquals(await client.next("gap"), { after: 20, seq: 25, epoch: "e1", renewed: false });
  await peer.cut();

  const again = await stage.accept();
  assertEquals(again.url.searchParams.get("after"), "25");
  again.welcome({ epoch: "e2", seq: 0, gap: true });
  again.send(said(1));
  assertEquals(await client.next("gap"), { after: 25, seq: 0, epoch: "e2", renewed: true });
  const message = await client.next("message");
  assertEquals([message.seq, message.epoch], [1, "e2"]);
  // none for the first welcome, which had nothing before it
  assertEquals(client.history.filter(({ type }) => type === "gap").length, 4);
});

Deno.test("a welcome that stands behind us repeats nothing", async () => {
  await using stage = new Stage();
  const { client, peer } = await enter(stage);
  await using _ = client;
  peer.send(said(1), said(2));
  for (const gap of [false, true]) peer.welcome({ seq: 1, gap });
  peer.send(said(2), said(3));
  while (client.texts.length < 3) await client.next("message");
  assertEquals(client.texts, ["m1", "m2", "m3"]);
  assertEquals(client.history.filter(({ type }) => type === "gap"), []);
});

Deno.test("two clients in one room", async () => {
  await using stage = new Stage();
  const ann = await enter(stage, {}, { you: { id: "ann", name: "Ann" } });
  const bob = await enter(stage, {}, { you: { id: "bob", name: "Bob" } });
  await using _ann = ann.client;
  await using _bob = bob.client;
  const sent: Message = ann.parley.send("hi");
  const { ref } = await ann.peer.next();
  for (const { peer } of [ann, bob]) {
    peer.send({ seq: 1, message: "hi", name: "Ann", from: "ann", at: 1, ref });
  }
  assertStrictEquals(await ann.client.next("message"), sent);
  const heard = await bob.client.next("message");
  assertEquals([heard.own, heard.message], [false, "hi"]);
  assertNotEquals<Message>(heard, sent);
});
