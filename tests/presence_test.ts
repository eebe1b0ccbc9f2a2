// @ts-types="./support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { LayerUnavailableError } from "../server/layers/channel_layer.ts";
import { Presence } from "../server/presence.ts";
import { RecordingChannel } from "./support/recording_channel.ts";
import { RosterAway } from "./support/roster_away.ts";

/** The members of one room on a layer that tells nothing by itself: the test says when it is heard. */
function presenceOn(layer: RosterAway): Presence {
  return new Presence(layer, "g", () => {}, () => {});
}

/** Has the layer answer from now on when the promise says so; resolves as soon as it is asked. */
function answerAfter(layer: RosterAway, answers: Promise<void>): Promise<void> {
  layer.asked = Promise.withResolvers();
  layer.answers = answers;
  return layer.asked.promise;
}

/** Somebody comes; resolves when the layer is asked for the name, which it answers when the test says so. */
async function enterUnanswered(layer: RosterAway, presence: Presence) {
  const answer = Promise.withResolvers<void>();
  const asked = answerAfter(layer, answer.promise);
  const entered = presence.enter("a", "Ann");
  await asked;
  return { answer, entered };
}

Deno.test("a name that was given is not put back by a claim that was planned before", async () => {
  await using layer = new RosterAway();
  const presence = presenceOn(layer);
  await presence.enter("a", "Ann");
  const answer = Promise.withResolvers<void>();
  const asked = answerAfter(layer, answer.promise);
  const renamed = presence.rename("a", "Bea");
  await asked;
  assert(presence.heard("a", undefined), "who is lost is put back");
  answer.resolve();
  assert(await renamed);
  // who comes once more waits for what is under way
  await presence.enter("a", undefined);
  const { members } = await layer.groupAdd("g", new RecordingChannel());
  assertEquals(members, [{ id: "a", name: "Bea" }]);
  assertEquals(presence.nameOf("a"), "Bea");
});

Deno.test("who comes back while the layer takes nobody in is put in later", async () => {
  await using layer = new RosterAway();
  const presence = presenceOn(layer);
  const { answer, entered } = await enterUnanswered(layer, presence);
  presence.leave("a", false);
  const askedAgain = answerAfter(layer, answer.promise);
  const back = presence.enter("a", "Ann");
  await askedAgain;
  answer.reject(new LayerUnavailableError("away"));
  await Promise.all([entered, back]);
  assert(presence.isLate("a"));
  await answerAfter(layer, Promise.resolve());
  await presence.enter("a", undefined);
  assert(!presence.isLate("a"));
  const { members } = await layer.groupAdd("g", new RecordingChannel());
  assertEquals(members, [{ id: "a", name: "Ann" }]);
  presence.close();
});

Deno.test("who comes back while it is taken out is not told to have gone", async () => {
  await using layer = new RosterAway();
  const gone: string[] = [];
  const presence = new Presence(layer, "g", () => {}, (id) => gone.push(id));
  await presence.enter("a", "Ann");
  const answer = Promise.withResolvers<void>();
  const asked = answerAfter(layer, answer.promise);
  presence.leave("a", false);
  const back = presence.enter("a", "Ann");
  await asked;
  assert(presence.heard("a", undefined), "who is taken out is put back");
  answer.resolve();
  await back;
  await presence.enter("a", undefined);
  assertEquals(gone, []);
  const { members } = await layer.groupAdd("g", new RecordingChannel());
  assertEquals(members, [{ id: "a", name: "Ann" }]);
});

Deno.test("a name that another node has given is not put back by a reply that comes after it", async () => {
  await using layer = new RosterAway();
  const presence = presenceOn(layer);
  const { answer, entered } = await enterUnanswered(layer, presence);
  presence.heard("a", "Ann");
  presence.heard("a", "Bea");
  answer.resolve();
  await entered;
  assertEquals(presence.nameOf("a"), "Bea");
});
