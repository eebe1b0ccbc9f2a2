// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { LoggedMessage } from "../server/layers/channel_layer.ts";
import { RedisGroup, type SyncResult } from "../server/layers/redis_group.ts";
import { RecordingChannel } from "./support/recording_channel.ts";

const message = (seq: number): LoggedMessage => ({ seq, at: 0, message: `${seq}` });
const messages = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => message(from + n));

/** What reading the log of epoch "e" gave: nothing, but for what is named. */
const slice = (read: Partial<SyncResult> & { seq: number }): SyncResult => ({
  epoch: "e",
  base: 0,
  mac: "",
  version: 0,
  messages: [],
  ...read,
});

/** A group that follows epoch "e", whose log holds numbers up to `seq`, with one channel. */
function follow(seq: number) {
  const group = new RedisGroup();
  const channel = new RecordingChannel();
  group.hold();
  group.settle(slice({ seq, messages: messages(1, seq) }));
  group.channels.add(channel);
  return { group, channel };
}

Deno.test("redis group: whatever pub/sub loses or doubles, the stream has neither", () => {
  const events = fc.array(
    fc.record({ lost: fc.boolean(), doubled: fc.boolean(), early: fc.nat(3) }),
    { minLength: 1, maxLength: 60 },
  );
  fc.assert(fc.property(events, (events) => {
    const { group, channel } = follow(0);
    let due = false;
    events.forEach(({ lost, doubled, early }, index) => {
      const seq = index + 1;
      if (!lost) due = group.receive({ epoch: "e", message: message(seq), mac: "" }) || due;
      if (doubled) {
        group.receive({ epoch: "e", message: message(Math.max(1, seq - early)), mac: "" });
      }
      if (due && early === 0) {
        // While the log is read up to here, the next messages come in already.
        group.hold();
        group.receive({ epoch: "e", message: message(seq), mac: "" });
        group.settle(slice({
          seq,
          messages: messages(group.position!.seq + 1, seq),
        }));
        due = false;
      }
    });
    const { seq } = group.position!;
    group.hold();
    group.settle(slice({
      seq: events.length,
      messages: messages(seq + 1, events.length),
    }));
    assertEquals(channel.messages, messages(1, events.length));
    assertEquals(channel.gaps, []);
  }));
});

Deno.test("redis group: a hole asks for the log, a double does not", () => {
  const { group, channel } = follow(3);
  assert(!group.receive({ epoch: "e", message: message(4), mac: "" }));
  assert(!group.receive({ epoch: "e", message: message(2), mac: "" }));
  assert(group.receive({ epoch: "e", message: message(6), mac: "" }));
  assertEquals(channel.messages, [message(4)]);
});

Deno.test("redis group: what the log has lost is a gap, told where it is", () => {
  const { group, channel } = follow(3);
  group.hold();
  group.settle(slice({ seq: 9, messages: messages(7, 9) }));
  assertEquals(channel.gaps, [{ epoch: "e", seq: 6, at: 0 }]);
  assertEquals(channel.messages, messages(7, 9));
});

Deno.test("redis group: a log without the newest is a gap up to them", () => {
  const { group, channel } = follow(3);
  group.hold();
  group.settle(slice({ seq: 9 }));
  assertEquals(channel.gaps, [{ epoch: "e", seq: 9, at: 0 }]);
  assert(!group.receive({ epoch: "e", message: message(10), mac: "" }));
  assertEquals(channel.messages, [message(10)]);
});

Deno.test("redis group: another epoch is a gap, and goes on from its base", () => {
  const { group, channel } = follow(3);
  assert(group.receive({ epoch: "f", message: message(1), mac: "" }));
  group.hold();
  group.settle(slice({ epoch: "f", seq: 2, messages: messages(1, 2) }));
  assertEquals(channel.gaps, [{ epoch: "f", seq: 0, at: 0 }]);
  assertEquals(channel.messages, messages(1, 2));
});

Deno.test("redis group: a hole in what came while the log was read is read once more", () => {
  const { group, channel } = follow(3);
  group.hold();
  for (const seq of [4, 5, 7]) {
    assert(!group.receive({ epoch: "e", message: message(seq), mac: "" }));
  }
  const state = group.settle(slice({
    seq: 4,
    messages: [message(4)],
  }));
  assertEquals([state.seq, state.messages], [5, messages(4, 5)]);
  assertEquals([channel.messages, channel.gaps], [messages(4, 5), []]);
  assert(group.incomplete);
  group.hold();
  group.settle(slice({ seq: 7, messages: messages(6, 7) }));
  assertEquals([channel.messages, channel.gaps], [messages(4, 7), []]);
  assert(!group.incomplete);
});

Deno.test("redis group: the end of a log that is gone, come while the next was read, is delivered", () => {
  const { group, channel } = follow(3);
  group.hold();
  for (const seq of [3, 4, 5, 7]) {
    assert(!group.receive({ epoch: "e", message: message(seq), mac: "" }));
  }
  assert(!group.receive({ epoch: "f", message: message(1), mac: "" }));
  group.settle(slice({ epoch: "f", seq: 1, messages: messages(1, 1) }));
  assertEquals(channel.messages, [...messages(4, 5), message(1)]);
  assertEquals(channel.gaps, [{ epoch: "f", seq: 0, at: 2 }]);
});

Deno.test("redis group: what comes after an interruption waits until the log was read since", () => {
  const { group, channel } = follow(3);
  const read = (seq: number) => {
    group.settle(slice({
      seq,
      mac: `mac of ${seq}`,
      messages: messages(group.position!.seq + 1, seq),
    }));
  };
  group.interrupt();
  assert(group.receive({ epoch: "e", message: message(4), mac: "" }));
  assertEquals(channel.messages, []);
  group.hold();
  // while it is read: what was read may be of the time before
  group.interrupt();
  read(4);
  assert(group.receive({ epoch: "e", message: message(5), mac: "" }));
  assertEquals(channel.messages, [message(4)]);
  // Redis is told which message that was, as long as it may mean another by its number
  assertEquals(group.known, { epoch: "e", seq: 4, mac: "mac of 4" });
  group.hold();
  read(5);
  assertEquals(group.known, { epoch: "e", seq: 5, mac: "" });
  assert(!group.receive({ epoch: "e", message: message(6), mac: "" }));
  assertEquals(channel.messages, messages(4, 6));
  assertEquals(channel.gaps, []);
});

Deno.test("redis group: a foreign message has one name on all nodes that follow the group", () => {
  const [one, two] = [follow(0).group, follow(0).group];
  assertEquals(one.nextForeignRef(), undefined, "the subscription has only begun");
  for (const group of [one, two]) group.anchor("marker");
  const refs = [one, two].map((group) => {
    const before = [group.nextForeignRef(), group.nextForeignRef()];
    group.receive({ epoch: "e", message: message(1), mac: "" });
    return [...before, group.nextForeignRef()];
  });
  assertEquals(refs[0], refs[1]);
  assertEquals(new Set(refs[0]).size, 3);
  one.interrupt();
  assertEquals(one.nextForeignRef(), undefined);
  one.anchor("other");
  assertNotEquals(one.nextForeignRef(), refs[0]![0]);
});

/** A change of the roster that follows on version `before`. */
const change = (id: string, name: string | undefined, before: number, nodes = "n") => ({
  id,
  nodes,
  name,
  before,
  version: before + 10,
});
const roster = (members: Record<string, string>) =>
  new Map(Object.entries(members).map(([id, name]) => [id, { nodes: "n", name }]));

Deno.test("redis group: changes of the roster that come while it is read are not lost", () => {
  const { group, channel } = follow(0);
  group.hold();
  group.settle(slice({
    seq: 0,
    version: 50,
    roster: roster({ a: "Ann" }),
  }));
  group.hold();
  assert(!group.receiveMember(change("b", "Ben", 50)));
  const { members } = group.settle(slice({
    seq: 0,
    version: 50,
  }));
  assertEquals(members, [{ id: "a", name: "Ann" }, { id: "b", name: "Ben" }]);
  assertEquals(group.rosterVersion, 60);
  assertEquals(channel.roster, [["a", "Ann"], ["b", "Ben"]]);
});

Deno.test("redis group: what was read is not undone by changes from before", () => {
  const { group } = follow(0);
  group.hold();
  group.receiveMember(change("a", undefined, 40));
  group.settle(slice({
    seq: 0,
    version: 60,
    roster: roster({ a: "Ann" }),
  }));
  assertEquals(group.rosterVersion, 60);
  assert(!group.receiveMember(change("a", undefined, 45)), "a double");
  assert(group.receiveMember(change("a", undefined, 70)), "one is missing");
  assert(!group.receiveMember(change("a", undefined, 60)));
});

Deno.test("redis group: it knows for which nodes members are there", () => {
  const { group } = follow(0);
  group.hold();
  group.settle(slice({
    seq: 0,
    version: 1,
    roster: new Map(),
  }));
  group.receiveMember({ ...change("a", "Ann", 1, "n1,n2"), version: 2 });
  group.receiveMember({ ...change("b", "Ben", 2, "n3"), version: 3 });
  assertEquals(group.nodes, new Set(["n1", "n2", "n3"]));
});
