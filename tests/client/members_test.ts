// @ts-types="../support/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { enter, Stage } from "../support/client_stage.ts";

Deno.test("members come, go and change their names", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  peer.send({ type: "join", id: "ann", name: "Ann" });
  assertEquals(await client.next("join"), { id: "ann", name: "Ann" });
  assertEquals(await client.next("count"), { count: 2 });
  peer.send({ type: "typing", id: "ann" });
  assertEquals(await client.next("typing"), { id: "ann", name: "Ann" });
  peer.send({ type: "name", id: "ann", name: "Anne" });
  const renamed = { id: "ann", name: "Anne", own: false, before: "Ann" };
  assertEquals(await client.next("name"), renamed);
  assertEquals(parley.members.get("ann"), { id: "ann", name: "Anne" });
  peer.send({ type: "leave", id: "ann", name: "Anne" });
  assertEquals(await client.next("leave"), { id: "ann", name: "Anne" });
  assertEquals(await client.next("count"), { count: 1 });
  assertEquals([...parley.members.keys()], ["me"]);
  peer.send({ type: "count", count: 500 });
  assertEquals(await client.next("count"), { count: 500 });
  assertEquals(parley.count, 500);
});

Deno.test("rename() changes our name when the server agrees, and says when it does not", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  parley.rename("Bob");
  assertEquals(await peer.next(), { type: "name", name: "Bob", ref: "name" });
  peer.send({ type: "name", id: "me", name: "Bob" });
  assertEquals((await client.next("name")).own, true);
  assertEquals(parley.you, { id: "me", name: "Bob", token: "secret" });
  parley.rename("Ann");
  await peer.next();
  peer.send({ type: "error", code: "name_taken", detail: "Ann is here", ref: "name" });
  assertEquals(await client.next("error"), { code: "name_taken", detail: "Ann is here" });
  await peer.cut();
  await client.reach("waiting");
  parley.rename("Carl");
  const again = await stage.accept();
  // the next connection asks for it: in its URL, or right after the welcome
  again.welcome({ you: { id: "me", name: "Bob" } });
  if (again.url.searchParams.get("name") !== "Carl") {
    assertEquals(await again.next(), { type: "name", name: "Carl", ref: "name" });
  }
});

Deno.test("rename() asks again when it was refused for now", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  const wish = { type: "name", name: "Bob", ref: "name" };
  parley.rename("Bob");
  assertEquals(await peer.next(), wish);
  peer.send({ type: "error", code: "unavailable", detail: "Later", ref: "name", retry: 20 });
  assertEquals(await peer.next(), wish);
  peer.send({ type: "name", id: "me", name: "Bob" });
  assertEquals((await client.next("name")).name, "Bob");
});

Deno.test("rename() within the welcome is asked again when it was refused for now", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  await peer.cut();
  await client.reach("waiting");
  parley.rename("Bob");
  parley.addEventListener("welcome", () => parley.rename("Bob"));
  const again = await stage.accept();
  assertEquals(again.url.searchParams.get("name"), "Bob");
  again.welcome();
  const wish = { type: "name", name: "Bob", ref: "name" };
  assertEquals(await again.next(), wish);
  again.send({ type: "error", code: "unavailable", detail: "Later", ref: "name", retry: 20 });
  assertEquals(await again.next(), wish);
});

Deno.test("rename() is asked for once, also when it is called again within the welcome", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  await peer.cut();
  await client.reach("waiting");
  parley.rename("Mia");
  await client.reach("connecting");
  parley.rename("Bob");
  parley.addEventListener("welcome", () => parley.rename("Bob"));
  const again = await stage.accept();
  again.welcome();
  assertEquals(await again.next(), { type: "name", name: "Bob", ref: "name" });
  parley.send("next");
  assertEquals((await again.next()).message, "next");
});

Deno.test("typing() is sent at most once in two seconds", async () => {
  await using stage = new Stage();
  const { client, peer, parley } = await enter(stage);
  await using _ = client;
  parley.typing();
  parley.typing();
  parley.send("done");
  assertEquals(await peer.next(), { type: "typing" });
  assertEquals((await peer.next()).message, "done");
});
