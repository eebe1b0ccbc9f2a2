// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertNotEquals } from "@std/assert";
import { ChatSocket, type Frame } from "../support/chat_socket.ts";
import { V1 } from "../support/enter.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { RedisServer } from "../support/redis_server.ts";
import { pause } from "../support/until.ts";

/** So long one may be away without being missed, and a bit less, in milliseconds. */
const AWAY = 4_000;

/** A connection to a room, and its welcome. */
interface Tab {
  socket: ChatSocket;
  welcome: Frame;
}

/** Opens one at a room's address: of a new member with that name or, by what a welcome said of it, of the same one again. */
async function enter(
  room: string,
  who: { name: string; id?: string; token?: string },
): Promise<Tab> {
  const query = new URLSearchParams({ ...who });
  const socket = await ChatSocket.open(`${room}?${query}`, V1);
  return { socket, welcome: await socket.next() };
}

/** Resolves when the member is in the room on behalf of so many processes, by what Redis has of it. */
async function held(redis: RedisServer, room: string, id: string, processes: number) {
  await redis.waitFor(["HGET", `parley:{chat_${room}}:members`, id], (reply) => {
    const [nodes = ""] = String(reply ?? "").split("\n");
    return nodes.split(",").filter((node) => node !== "").length === processes;
  });
}

/** What the tab hears next, but for its own coming, which the welcome has told already. */
async function heard({ socket, welcome }: Tab): Promise<Frame> {
  for (;;) {
    const frame = await socket.next();
    if (frame.type !== "join" || frame.id !== welcome.you.id) return frame;
  }
}

/** Has the speaker say something, which must be the very next that everybody hears. */
async function assertNews(speaker: Tab, everybody: Tab[], message: string): Promise<void> {
  speaker.socket.send({ message });
  for (const tab of everybody) {
    const next = await heard(tab);
    assertEquals([next.message, next.name], [message, speaker.welcome.you.name]);
  }
}

/** All frames must be the same one. */
async function assertAllHear(everybody: Tab[], frame: Frame): Promise<void> {
  for (const tab of everybody) assertEquals(await heard(tab), frame);
}

/** A room on two processes over one Redis, in which Ben is here, Cat is there, and Ann has come here. */
interface Meeting extends AsyncDisposable {
  here: string;
  there: string;
  ann: Tab;
  /** Ben and Cat, who have heard that Ann has come. */
  others: [ben: Tab, cat: Tab];
}

async function meet(one: ParleyProcess, two: ParleyProcess, room: string): Promise<Meeting> {
  await using stack = new AsyncDisposableStack();
  const [here, there] = [one.ws(room), two.ws(room)];
  const come = async (address: string, name: string) => {
    const tab = await enter(address, { name });
    stack.use(tab.socket);
    return tab;
  };
  const ben = await come(here, "Ben");
  const cat = await come(there, "Cat");
  await assertAllHear([ben], { type: "join", id: cat.welcome.you.id, name: "Cat" });
  const ann = await come(here, "Ann");
  await assertAllHear([ben, cat], { type: "join", id: ann.welcome.you.id, name: "Ann" });
  const meeting = stack.move();
  return {
    here,
    there,
    ann,
    others: [ben, cat],
    [Symbol.asyncDispose]: () => meeting.disposeAsync(),
  };
}

/** Two processes over one Redis. */
async function startTwo() {
  await using stack = new AsyncDisposableStack();
  const redis = stack.use(await RedisServer.start());
  const flags = ["--redis", redis.url];
  const one = stack.use(await ParleyProcess.start({ flags }));
  const two = stack.use(await ParleyProcess.start({ flags }));
  const started = stack.move();
  return { redis, one, two, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** A member opens two tabs, on two processes, and closes them: first that one, then the other. */
async function openTwoTabs(
  { redis, one, two }: { redis: RedisServer; one: ParleyProcess; two: ParleyProcess },
  first: 0 | 1,
) {
  const room = `tab-${first}`;
  await using meeting = await meet(one, two, room);
  const { here, there, ann, others } = meeting;
  const [ben] = others;
  const { you } = ann.welcome;
  const again = await enter(there, you);
  const tabs = [ann, again];
  assertEquals(again.welcome.you, you);
  assertEquals([ann.welcome.count, again.welcome.count], [3, 3]);
  await held(redis, room, you.id, 2);
  await assertNews(ben, [...others, ...tabs], "Ann has two tabs");

  const [leaves, stays] = [tabs[first]!, tabs[1 - first]!];
  await leaves.socket.close();
  // its process waits for it to come back, then lets it go
  await held(redis, room, you.id, 1);
  await assertNews(ben, [...others, stays], "Ann has one tab");
  await assertNews(stays, [...others, stays], "I am still here");
  const dan = await enter(leaves === ann ? here : there, { name: "Dan" });
  await using _dan = dan.socket;
  const everybody = [...others, stays];
  await assertAllHear(everybody, { type: "join", id: dan.welcome.you.id, name: "Dan" });
  assertEquals(
    dan.welcome.members.map(({ name }: Frame) => name).sort(),
    ["Ann", "Ben", "Cat", "Dan"],
  );

  await stays.socket.close();
  await assertAllHear(others, { type: "leave", id: you.id, name: "Ann" });
  await held(redis, room, you.id, 0);
  await assertNews(ben, others, "Ann is gone");
}

Deno.test("two tabs of a member on two processes are one member, until both are closed", async () => {
  await using nodes = await startTwo();
  await Promise.all([openTwoTabs(nodes, 0), openTwoTabs(nodes, 1)]);
});

Deno.test("who comes back on another process within 5 s has neither left nor joined", async () => {
  await using nodes = await startTwo();
  await using meeting = await meet(nodes.one, nodes.two, "lobby");
  const { here, there, ann, others } = meeting;
  const { you } = ann.welcome;

  await ann.socket.close();
  await pause(AWAY);
  const again = await enter(there, you);
  await using _again = again.socket;
  assertEquals(again.welcome.you, you);
  assertEquals(again.welcome.count, 3);
  await assertNews(again, [...others, again], "I am back");
  // the first process gives up waiting for it
  await held(nodes.redis, "lobby", you.id, 1);
  await assertNews(again, [...others, again], "and I stay");
  // the name is taken for all others, wherever they are
  const thief = await enter(here, { ...you, token: "forged" });
  await using _thief = thief.socket;
  assertNotEquals(thief.welcome.you.id, you.id);
  assertEquals(thief.welcome.you.name, "Ann 2");
});
