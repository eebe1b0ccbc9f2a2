// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { ChannelLayer, HistoryLimits } from "../server/layers/channel_layer.ts";
import { RecordingChannel } from "./support/recording_channel.ts";

/** One backend, and the nodes that share it. */
export interface Backend extends AsyncDisposable {
  /** A node's layer, ready; it is disposed of with the backend. A backend of one node: always that. */
  node(limits?: Partial<HistoryLimits>): Promise<ChannelLayer>;
}

/** What the cases keep unless they say otherwise. */
export const LIMITS: HistoryLimits = { messages: 100, bytes: 0, ttl: 60_000 };

const UNICODE =
  "héllo 你好 \u{1F468}\u200D\u{1F469}\u200D\u{1F467} \u202Eabc \0 \"'\\ </script> \uFFFD";

/** Registers the cases that every channel layer must pass; `start` makes a fresh backend. */
export function channelLayerConformance(name: string, start: () => Promise<Backend>): void {
  const test = (what: string, run: (backend: Backend) => Promise<void>) =>
    Deno.test(`${name} layer: ${what}`, async () => {
      await using backend = await start();
      await run(backend);
    });

  test("a message reaches every channel of the group on every node", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const channels = [new RecordingChannel(), new RecordingChannel(), new RecordingChannel()];
    await one.groupAdd("g", channels[0]!);
    await one.groupAdd("g", channels[1]!);
    await two.groupAdd("g", channels[2]!);
    const { epoch, seq } = await one.groupSend("g", { message: "hi", from: "a", name: "Ann" });
    assertEquals(seq, 1);
    assert(epoch.length >= 16);
    for (const channel of channels) {
      await channel.count(1);
      const { at, ...message } = channel.messages[0]!;
      assertEquals(message, { seq: 1, message: "hi", from: "a", name: "Ann" });
      assert(Math.abs(at - Date.now()) < 60_000);
    }
  });

  test("a message reaches no other group", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const [here, there] = [new RecordingChannel(), new RecordingChannel()];
    await one.groupAdd("g", here);
    await two.groupAdd("g2", there);
    await one.groupSend("g", { message: "for g" });
    await one.groupSend("g2", { message: "for g2" });
    await here.count(1);
    await there.count(1);
    assertEquals(here.texts, ["for g"]);
    assertEquals(there.texts, ["for g2"]);
  });

  test("all channels see one order, without holes, whoever sends", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const channels = [new RecordingChannel(), new RecordingChannel()];
    await one.groupAdd("g", channels[0]!);
    await two.groupAdd("g", channels[1]!);
    const sends = Array.from(
      { length: 200 },
      (_, n) => (n % 2 ? one : two).groupSend("g", { message: `${n}` }),
    );
    const positions = await Promise.all(sends);
    for (const channel of channels) await channel.count(200);
    assertEquals(channels[0]!.messages, channels[1]!.messages);
    assertEquals(channels[0]!.messages.map(({ seq }) => seq), numbers(1, 200));
    positions.forEach(({ seq }, n) => assertEquals(channels[0]!.texts[seq - 1], `${n}`));
    for (const parity of [0, 1]) {
      const own = channels[0]!.texts.map(Number).filter((n) => n % 2 === parity);
      assertEquals(own, own.toSorted((a, b) => a - b));
    }
  });

  test("an empty group takes messages, and its log waits for who comes", async (backend) => {
    const layer = await backend.node();
    const first = await layer.groupSend("g", { message: "one" });
    await layer.groupSend("g", { message: "two" });
    const channel = new RecordingChannel();
    const slice = await layer.groupAdd("g", channel);
    assertEquals(slice.epoch, first.epoch);
    assertEquals(slice.seq, 2);
    assertEquals(slice.messages.map(({ seq, message }) => [seq, message]), [[1, "one"], [
      2,
      "two",
    ]]);
    await layer.groupSend("g", { message: "three" });
    await channel.count(1);
    assertEquals(channel.messages[0]!.seq, 3);
  });

  test("an empty log has an epoch, and keeps it", async (backend) => {
    const layer = await backend.node();
    const channel = new RecordingChannel();
    const { epoch, seq, messages } = await layer.groupAdd("g", channel);
    assertEquals({ seq, messages }, { seq: 0, messages: [] });
    assertEquals(await layer.groupSend("g", { message: "x" }), { epoch, seq: 1 });
    assertNotEquals((await layer.groupAdd("other", channel)).epoch, epoch);
    await channel.count(1);
    assertEquals(channel.gaps, []);
  });

  test("a channel that was added twice gets a message once", async (backend) => {
    const layer = await backend.node();
    const channel = new RecordingChannel();
    await layer.groupAdd("g", channel);
    await layer.groupAdd("g", channel);
    await layer.groupSend("g", { message: "a" });
    await layer.groupSend("g", { message: "b" });
    await channel.text("b");
    assertEquals(channel.texts, ["a", "b"]);
  });

  test("a discard is final at once, and idempotent", async (backend) => {
    const layer = await backend.node();
    const [gone, stays] = [new RecordingChannel(), new RecordingChannel()];
    await layer.groupAdd("g", gone);
    await layer.groupAdd("g", stays);
    const discarded = layer.groupDiscard("g", gone);
    await layer.groupSend("g", { message: "after" });
    await discarded;
    await layer.groupDiscard("g", gone);
    await layer.groupDiscard("never", gone);
    await layer.groupSend("g", { message: "later" });
    await stays.text("later");
    assertEquals(gone.texts, []);
    assertEquals(stays.texts, ["after", "later"]);
  });

  test("a channel may come back, and finds what it missed in the log", async (backend) => {
    const layer = await backend.node();
    const channel = new RecordingChannel();
    await layer.groupAdd("g", channel);
    await layer.groupDiscard("g", channel);
    await layer.groupSend("g", { message: "missed" });
    const slice = await layer.groupAdd("g", channel);
    await layer.groupSend("g", { message: "heard" });
    await channel.text("heard");
    assertEquals(slice.messages.map(({ message }) => message), ["missed"]);
    assertEquals(channel.texts, ["heard"]);
  });

  test("large and Unicode texts arrive unchanged", async (backend) => {
    const [one, two] = [await backend.node({ bytes: 0 }), await backend.node({ bytes: 0 })];
    const channel = new RecordingChannel();
    await two.groupAdd("g", channel);
    const large = "界".repeat(300_000);
    for (const message of [UNICODE, large, ""]) {
      await one.groupSend("g", { message, name: UNICODE });
    }
    await channel.count(3);
    assertEquals(channel.texts, [UNICODE, large, ""]);
    assertEquals(channel.messages[0]!.name, UNICODE);
    const { messages } = await one.groupAdd("g", new RecordingChannel());
    assertEquals(messages.map(({ message }) => message), [UNICODE, large, ""]);
  });

  test("a send right after another node's add arrives", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    for (const n of numbers(1, 50)) {
      const channel = new RecordingChannel();
      await one.groupAdd(`g${n}`, channel);
      await two.groupSend(`g${n}`, { message: "now" });
      await channel.text("now");
    }
  });

  test("what is sent while a channel is added comes once: in the slice or to it", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const sends = numbers(1, 60).map((n) => () => two.groupSend("g", { message: `${n}` }));
    const channel = new RecordingChannel();
    const before = sends.slice(0, 20).map((send) => send());
    const added = one.groupAdd("g", channel);
    const during = sends.slice(20, 40).map((send) => send());
    const slice = await added;
    await Promise.all([...before, ...during, ...sends.slice(40).map((send) => send())]);
    await channel.until(() => channel.messages.at(-1)?.seq === 60, "message 60");
    const all = [...slice.messages, ...channel.messages];
    assertEquals(all.map(({ seq }) => seq), numbers(1, 60));
  });

  test("of racing adds and discards the last call counts", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    for (const n of numbers(0, 15)) {
      const group = `g${n}`;
      const channel = new RecordingChannel();
      // The bits of n are the calls, oldest first: 1 adds, 0 discards.
      const adds = [8, 4, 2, 1].map((bit) => (n & bit) !== 0);
      await Promise.all(
        adds.map((add) => add ? one.groupAdd(group, channel) : one.groupDiscard(group, channel)),
      );
      const witness = new RecordingChannel();
      await one.groupAdd(group, witness);
      await two.groupSend(group, { message: "who hears?" });
      await witness.count(1);
      assertEquals(channel.texts, adds.at(-1) ? ["who hears?"] : [], `calls ${adds}`);
    }
  });

  test("a repeated ref is not said twice, also by another node", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const channel = new RecordingChannel();
    await two.groupAdd("g", channel);
    const message = { message: "once", from: "ann", ref: "r1" };
    const first = await one.groupSend("g", message);
    assertEquals(await one.groupSend("g", message), first);
    assertEquals(await two.groupSend("g", message), first);
    await two.groupSend("g", { ...message, from: "ben" });
    await two.groupSend("g", { ...message, ref: "r2" });
    await two.groupSend("other", message);
    await channel.count(3);
    assertEquals(channel.messages.map(({ seq, from, ref }) => [seq, from, ref]), [
      [1, "ann", "r1"],
      [2, "ben", "r1"],
      [3, "ann", "r2"],
    ]);
  });

  test("racing sends with one ref are one message", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const channel = new RecordingChannel();
    await one.groupAdd("g", channel);
    const message = { message: "once", from: "ann", ref: "r" };
    const positions = await Promise.all(
      numbers(1, 20).map((n) => (n % 2 ? one : two).groupSend("g", message)),
    );
    await one.groupSend("g", { message: "end" });
    await channel.text("end");
    assertEquals(channel.texts, ["once", "end"]);
    assertEquals(new Set(positions.map(({ seq }) => seq)), new Set([1]));
  });

  test("the log keeps the newest messages, by count", async (backend) => {
    const layer = await backend.node({ messages: 3 });
    for (const n of numbers(1, 5)) await layer.groupSend("g", { message: `${n}` });
    const slice = await layer.groupAdd("g", new RecordingChannel());
    assertEquals(slice.seq, 5);
    assertEquals(slice.messages.map(({ seq }) => seq), [3, 4, 5]);
  });

  test("the log keeps the newest messages, by bytes", async (backend) => {
    const layer = await backend.node({ bytes: 5000 });
    for (const n of numbers(1, 6)) {
      await layer.groupSend("g", { message: `${n}`.repeat(n === 6 ? 1000 : 2000) });
    }
    const slice = await layer.groupAdd("g", new RecordingChannel());
    assertEquals(slice.messages.map(({ seq }) => seq), [5, 6]);
  });

  test("without a log all is as usual but the log", async (backend) => {
    const [one, two] = [await backend.node({ messages: 0 }), await backend.node({ messages: 0 })];
    const channel = new RecordingChannel();
    await one.groupAdd("g", channel);
    const message = { message: "once", from: "ann", ref: "r" };
    const first = await two.groupSend("g", message);
    assertEquals(await one.groupSend("g", message), first);
    assertEquals((await two.groupSend("g", { message: "two" })).seq, 2);
    await channel.count(2);
    assertEquals(channel.gaps, []);
    const slice = await two.groupAdd("g", new RecordingChannel());
    assertEquals([slice.seq, slice.messages], [2, []]);
  });

  test("every channel learns who is in the roster, and a newcomer has it from the start", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const [here, there] = [new RecordingChannel(), new RecordingChannel()];
    assertEquals((await one.groupAdd("g", here)).members, []);
    await two.groupAdd("g", there);
    assert(await one.rosterSet("g", { id: "a", name: "Ann" }));
    assert(await two.rosterSet("g", { id: "b", name: "Bén" }));
    assert(await one.rosterSet("g", { id: "a", name: "Anna" }));
    await two.rosterDiscard("g", "b");
    const story = [["a", "Ann"], ["b", "Bén"], ["a", "Anna"], ["b", undefined]];
    for (const channel of [here, there]) {
      await channel.until(() => channel.roster.length === story.length, "the whole story");
      assertEquals(channel.roster, story);
    }
    const { members } = await two.groupAdd("g", new RecordingChannel());
    assertEquals(members, [{ id: "a", name: "Anna" }]);
    assertEquals((await one.groupAdd("other", new RecordingChannel())).members, []);
  });

  test("a name is one member's, also if it is written otherwise, until that one lets it go", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const set = (layer: ChannelLayer, id: string, name: string) =>
      layer.rosterSet("g", { id, name });
    assert(await set(one, "a", "Straße"));
    assert(!await set(two, "b", "STRASSE"));
    assert(!await set(two, "b", "\uFF33trasse"));
    assert(await set(two, "a", "strasse"), "its own");
    assert(await set(two, "b", "Ben"));
    assert(!await set(two, "b", "Strasse"));
    assert(await set(one, "a", "Ann"));
    assert(await set(two, "b", "Strasse"));
    assert(await set(one, "c", "Ben"), "b has let it go");
    await two.rosterDiscard("g", "b");
    assert(await set(one, "d", "STRASSE"));
  });

  test("of racing claims to a name one wins", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const claims = await Promise.all(
      numbers(1, 20).map((n) => (n % 2 ? one : two).rosterSet("g", { id: `id${n}`, name: "Ann" })),
    );
    assertEquals(claims.filter(Boolean).length, 1);
    const { members } = await one.groupAdd("g", new RecordingChannel());
    assertEquals(members, [{ id: `id${claims.indexOf(true) + 1}`, name: "Ann" }]);
  });

  test("typing is told to every channel", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    const [here, there] = [new RecordingChannel(), new RecordingChannel()];
    await one.groupAdd("g", here);
    await two.groupAdd("g", there);
    one.groupTyping("g", "a");
    for (const channel of [here, there]) {
      await channel.until(() => channel.typed.includes("a"), "typing");
    }
  });

  test("all nodes sign with one secret", async (backend) => {
    const [one, two] = [await backend.node(), await backend.node()];
    assert(one.secrets[0]!.length >= 32);
    assertEquals(one.secrets[0], two.secrets[0]);
  });

  test("a disposed layer calls no channel any more", async (backend) => {
    const layer = await backend.node();
    const channel = new RecordingChannel();
    await layer.groupAdd("g", channel);
    await layer[Symbol.asyncDispose]();
    await layer.groupSend("g", { message: "late" }).catch(() => {});
    assertEquals(channel.texts, []);
  });
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}
