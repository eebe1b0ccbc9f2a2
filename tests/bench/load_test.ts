// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { ParleyProcess } from "../support/parley_process.ts";
import { type LoadOptions, measure, type Measurement } from "./load.ts";
import { usageOf } from "./process_usage.ts";
import { PARLEY, PLAIN } from "./wire.ts";

const LOAD: LoadOptions = { members: 12, rooms: 3, publishers: 2, pace: { unanswered: 3 } };
const TIMES = { warmUp: 50, duration: 200 };

const UNLIMITED = ["--message-rate", "0"];

/** All that was said was heard by all who should, once. */
function assertExact(measurement: Measurement, membersOfRoom: number): void {
  const { said, heard, lost, doubled, ended } = measurement;
  assertGreater(said, 0);
  assertEquals({ heard, lost, doubled, ended }, {
    heard: said * membersOfRoom,
    lost: 0,
    doubled: 0,
    ended: 0,
  });
}

async function counter(server: ParleyProcess, name: string): Promise<number> {
  const text = await (await fetch(server.http("/metrics"))).text();
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(text)![1]);
}

for (const [name, wire] of Object.entries({ "parley.v1": PARLEY, "the plain protocol": PLAIN })) {
  Deno.test(`a load on Parley over ${name} counts what the server counts`, async () => {
    await using server = await ParleyProcess.start({ flags: UNLIMITED });
    const target = { ...TIMES, ports: [server.port], wire, usage: () => usageOf([server.pid]) };
    const closed = await measure(LOAD, target);
    assertExact(closed, 4);
    assert(closed.p50! <= closed.p99!);
    if (Deno.build.os === "linux") assertGreater(closed.memory!.before, 1e6);

    const open = await measure(
      { ...LOAD, publishers: 1, pace: { perSecond: 200 }, textBytes: 5_000 },
      target,
    );
    assertExact(open, 4);
    const received = await counter(server, "parley_messages_received_total");
    assertEquals(received, closed.said + open.said);
  });
}

Deno.test("a load of nobody who talks counts nothing", async () => {
  await using server = await ParleyProcess.start();
  const silent = { ...LOAD, publishers: 0, pace: { perSecond: 0 } };
  const measurement = await measure(silent, { ...TIMES, ports: [server.port], wire: PARLEY });
  const { said, heard, lost, p50, memory } = measurement;
  assertEquals({ said, heard, lost, p50, memory }, {
    said: 0,
    heard: 0,
    lost: 0,
    p50: undefined,
    memory: undefined,
  });
});

/** A chat that hands each message to each member as often as `copies` says, which is asked for each delivery. */
function fakeChat(copies: () => number) {
  const members = new Set<WebSocket>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    if (!request.headers.has("upgrade")) return new Response(null, { status: 404 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onopen = () => members.add(socket);
    socket.onclose = () => members.delete(socket);
    socket.onmessage = ({ data }) => {
      for (const member of members) {
        for (let rest = copies(); rest > 0; rest--) member.send(data);
      }
    };
    return response;
  });
  return {
    port: server.addr.port,
    members,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

const ONE_ROOM: LoadOptions = { members: 5, rooms: 1, publishers: 1, pace: { perSecond: 200 } };

Deno.test("a server that loses every tenth message, and one that says it twice, are found", async () => {
  for (const copies of [0, 2]) {
    let deliveries = 0;
    let tenths = 0;
    await using chat = fakeChat(() => {
      if (++deliveries % 10 > 0) return 1;
      tenths++;
      return copies;
    });
    const target = { ...TIMES, drain: 300, ports: [chat.port], wire: PLAIN };
    const { said, heard, lost, doubled } = await measure(ONE_ROOM, target);
    assertGreater(tenths, 0);
    assertEquals(deliveries, said * 5);
    assertEquals({ heard, lost, doubled }, {
      heard: deliveries + (copies - 1) * tenths,
      lost: copies === 0 ? tenths : 0,
      doubled: copies === 2 ? tenths : 0,
    });
  }
});

Deno.test("a server that ends a connection is found", async () => {
  let deliveries = 0;
  await using chat = fakeChat(() => {
    if (++deliveries === 10) chat.members.values().next().value!.close();
    return 1;
  });
  const target = { ...TIMES, drain: 100, ports: [chat.port], wire: PLAIN };
  const { ended, lost } = await measure({ ...ONE_ROOM, publishers: 5 }, target);
  assertEquals(ended, 1);
  assertGreater(lost, 0);
});

Deno.test("a server that refuses is no server to measure", async () => {
  await using server = await ParleyProcess.start({ flags: ["--max-connections-per-ip", "3"] });
  await assertRejects(
    () => measure(LOAD, { ...TIMES, ports: [server.port], wire: PLAIN }),
    Error,
    "Cannot join: HTTP/1.1 503",
  );
});
