/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { connected, indexReady, openIndex, pageTest, type Scene } from "../support/scene.ts";

/** Four words of consonant, vowel, consonant, vowel, consonant. */
const SPEAKABLE =
  /^(?:[bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz](?:-|$)){4}$/;

/** The index page of somebody who was in these rooms, one after the other. */
async function indexAfter(scene: Scene, rooms: string[]): Promise<Page> {
  const page = await scene.page(await scene.user());
  for (const room of rooms) {
    await page.goto(scene.parley.http(`/chat/${encodeURIComponent(room)}/`));
    await connected(page);
  }
  await openIndex(page, scene.parley);
  return page;
}

function visited(page: Page): Promise<string[]> {
  return page.locator("#visited-rooms li a").allTextContents();
}

/** The id, or else the label, of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement!.id || document.activeElement!.ariaLabel || "");
}

pageTest("index page", {
  "asks for the room with the focus in the field, by the tutorial's title, ids and Enter": async (
    scene,
  ) => {
    const page = await scene.page(await scene.user());
    await openIndex(page, scene.parley);
    assertMatch(await page.title(), /^Chat Rooms/);
    assertEquals(await focused(page), "room-name-input");
    await page.keyboard.type(scene.room);
    await page.keyboard.press("Enter");
    await page.waitForURL(scene.address);
    assertMatch(await page.title(), /^Chat Room /);
    await page.goto(scene.parley.http());
    await page.locator("#room-name-input").fill(scene.room);
    await page.locator("#room-name-submit").click();
    await page.waitForURL(scene.address);
    await connected(page);
  },

  "says in one sentence what this is": async (scene) => {
    const page = await scene.page(await scene.user());
    for (const locale of ["en", "zh-Hant"]) {
      await page.goto(scene.parley.http(`/?lang=${locale}`));
      const lead = page.locator("main .lead");
      assert(await lead.isVisible());
      const segmenter = new Intl.Segmenter(locale, { granularity: "sentence" });
      const sentences = [...segmenter.segment((await lead.innerText()).trim())];
      assertEquals(sentences.map(({ segment }) => segment).length, 1);
    }
  },

  "opens the settings below their button, however wide it is": async (scene) => {
    const page = await scene.page(await scene.user());
    await openIndex(page, scene.parley);
    for (const width of [360, 1280, 1920]) {
      await page.setViewportSize({ width, height: 800 });
      await page.getByRole("button", { name: "Settings" }).click();
      const [button, popover] = await page.evaluate(() =>
        ["[popovertarget=settings]", "#settings"].map((selector) =>
          document.querySelector(selector)!.getBoundingClientRect().toJSON() as DOMRect
        )
      );
      const beside = Math.abs(popover!.right - button!.right);
      assert(beside < 10, `${width}: ${beside} beside the button`);
      await page.keyboard.press("Escape");
    }
  },

  "suggests a speakable name that is another each time, and leads there": async (scene) => {
    const page = await scene.page(await scene.user());
    const suggestion = page.locator("#room-suggestion");
    const names = new Set<string>();
    for (let load = 0; load < 3; load++) {
      await openIndex(page, scene.parley);
      names.add((await suggestion.textContent())!);
    }
    for (let click = 0; click < 3; click++) {
      await page.getByRole("button", { name: "Another" }).click();
      names.add((await suggestion.textContent())!);
    }
    assertEquals(names.size, 6);
    for (const name of names) assertMatch(name, SPEAKABLE);
    const last = (await suggestion.textContent())!;
    await suggestion.click();
    await page.waitForURL(scene.parley.http(`/chat/${last}/`));
    await connected(page);
  },

  "says at the field what is wrong with a name, until it is right": async (scene) => {
    const page = await scene.page(await scene.user());
    await openIndex(page, scene.parley);
    const field = page.locator("#room-name-input");
    const error = page.locator("#room-name-error");
    await page.keyboard.press("Enter");
    await error.filter({ hasText: /^A room needs a name\.$/ }).waitFor();
    assertEquals(await field.getAttribute("aria-invalid"), "true");
    assertEquals(await field.getAttribute("aria-describedby"), "room-name-error");
    assertEquals(await focused(page), "room-name-input");
    await page.keyboard.type("..");
    await error.filter({ hasText: /No room can be called/ }).waitFor();
    await page.keyboard.type(".");
    await error.filter({ hasText: /^$/ }).waitFor({ state: "attached" });
    assertEquals(await field.getAttribute("aria-invalid"), "false");
  },

  "takes no space at the ends of a name for a part of it": async (scene) => {
    const page = await scene.page(await scene.user());
    await openIndex(page, scene.parley);
    const field = page.locator("#room-name-input");
    await field.fill(" \u3000");
    await page.keyboard.press("Enter");
    await page.locator("#room-name-error", { hasText: /^A room needs a name\.$/ }).waitFor();
    await field.fill(`  two  words \u00A0`);
    await page.keyboard.press("Enter");
    await page.waitForURL(scene.parley.http("/chat/two%20%20words/"));
    await connected(page);
  },

  "a link to a room of this server leads there, any other is a name": async (scene) => {
    const page = await scene.page(await scene.user());
    scene.room = "書 /club ";
    for (const link of [scene.address, ` ${scene.address.slice(0, -1)}?lang=en#end `]) {
      await openIndex(page, scene.parley);
      await page.locator("#room-name-input").fill(link);
      await page.keyboard.press("Enter");
      await page.waitForURL(scene.address);
      await connected(page);
    }
    const others = ["https://chat.example/chat/x/", "re: lunch", scene.parley.http("/")];
    for (const name of others) {
      await openIndex(page, scene.parley);
      await page.locator("#room-name-input").fill(name);
      await page.keyboard.press("Enter");
      await page.waitForURL(scene.parley.http(`/chat/${encodeURIComponent(name)}/`));
      await connected(page);
    }
  },

  "remembers the rooms visited last, in this browser only": async (scene) => {
    const page = await indexAfter(scene, ["first", "書 club", "first", "a/b"]);
    assertEquals(await visited(page), ["a/b", "first", "書 club"]);
    assertEquals(await page.context().cookies(), []);
    await page.locator("#visited-rooms a", { hasText: "書 club" }).click();
    await page.waitForURL(scene.parley.http(`/chat/${encodeURIComponent("書 club")}/`));
    await connected(page);
    await page.goBack();
    await page.locator("#visited-rooms li").first().filter({ hasText: "書 club" }).waitFor();
    const other = await scene.page(await scene.user());
    await openIndex(other, scene.parley);
    assert(await other.locator("#visited").isHidden());
  },

  "remembers twelve rooms and no more": async (scene) => {
    const user = await scene.user();
    await user.addInitScript(() => {
      const rooms = Array.from({ length: 12 }, (_, n) => ({ room: `old ${n}` }));
      localStorage.setItem("parley:rooms", JSON.stringify(rooms));
    });
    const page = await scene.enter(user);
    const kept = await page.evaluate(() => JSON.parse(localStorage.getItem("parley:rooms")!));
    const names = kept.map(({ room }: { room: string }) => room);
    const eleven = Array.from({ length: 11 }, (_, n) => `old ${n}`);
    assertEquals(names, [scene.room, ...eleven]);
  },

  "forgets one room, and the focus goes on to the next": async (scene) => {
    const page = await indexAfter(scene, ["one", "two", "three"]);
    await page.getByRole("button", { name: "Forget two" }).focus();
    await page.keyboard.press("Enter");
    assertEquals(await visited(page), ["three", "one"]);
    assertEquals(await page.locator("#forgotten").textContent(), "Forgotten.");
    assertEquals(await focused(page), "Forget one");
    await page.keyboard.press("Enter");
    assertEquals(await focused(page), "Forget three");
    await page.reload();
    await indexReady(page);
    assertEquals(await visited(page), ["three"]);
  },

  "forgets all rooms, and keeps nothing of them": async (scene) => {
    const page = await indexAfter(scene, ["one", "two"]);
    const before = await page.evaluate(() => localStorage.getItem("parley:rooms"));
    assertNotEquals(before, null);
    await page.locator("#forget-all").click();
    assert(await page.locator("#visited").isHidden());
    assertEquals(await page.locator("#forgotten").textContent(), "Forgotten.");
    assertEquals(await focused(page), "room-name-input");
    assertEquals(await page.evaluate(() => localStorage.getItem("parley:rooms")), null);
    await page.reload();
    await indexReady(page);
    assertEquals(await visited(page), []);
  },
});
