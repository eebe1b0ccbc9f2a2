/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { eventually } from "../support/eventually.ts";
import { historyIn, openIndex, pageTest } from "../support/scene.ts";
import { holdScripts, painted } from "../support/painting.ts";

const [LIGHT, DARK] = ["rgb(244, 242, 236)", "rgb(18, 25, 27)"];

function ground(page: Page): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

async function choose(page: Page, look: "System" | "Light" | "Dark"): Promise<void> {
  const popover = page.locator("#settings");
  if (await popover.isHidden()) await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("radio", { name: look }).check({ force: true });
}

/** The animations that move something now. */
function moving(page: Page): Promise<number> {
  return page.evaluate(() => {
    const durations = document.getAnimations().map(({ effect }) =>
      Number(effect!.getComputedTiming().duration)
    );
    return durations.filter((duration) => duration > 0).length;
  });
}

/** How long the switch of the sound takes to move, in seconds. */
function switching(page: Page): Promise<string> {
  return page.locator("#chat-sound").evaluate((input) =>
    getComputedStyle(input, "::before").transitionDuration
  );
}

pageTest("looks", {
  "are those of the system, and follow it": async (scene) => {
    const page = await scene.enter({ colorScheme: "dark" });
    assertEquals(await ground(page), DARK);
    await page.emulateMedia({ colorScheme: "light" });
    assertEquals(await ground(page), LIGHT);
    await page.goto(scene.parley.http());
    assertEquals(await ground(page), LIGHT);
    await page.emulateMedia({ colorScheme: "dark" });
    assertEquals(await ground(page), DARK);
  },

  "are switched at once, for both pages and for later, and back to the system's": async (scene) => {
    const page = await scene.enter({ colorScheme: "light" });
    await choose(page, "Dark");
    assertEquals(await ground(page), DARK);
    const bar = page.locator('meta[name="theme-color"]');
    assertEquals([await bar.count(), await bar.getAttribute("content")], [1, DARK]);
    await page.reload();
    assertEquals(await ground(page), DARK);
    await openIndex(page, scene.parley);
    assertEquals(await ground(page), DARK);
    assert(await page.locator('input[name="look"][value="dark"]').isChecked());
    await choose(page, "Light");
    await page.emulateMedia({ colorScheme: "dark" });
    assertEquals(await ground(page), LIGHT);
    await choose(page, "System");
    assertEquals(await ground(page), DARK);
    assertEquals(await page.context().cookies(), []);
    await page.reload();
    assertEquals(await ground(page), DARK);
  },

  "are those chosen since, and the language too, on a page kept for the way back": async (
    scene,
  ) => {
    const user = await scene.user({ colorScheme: "light" });
    const kept = await scene.page(user);
    await openIndex(kept, scene.parley);
    const page = await scene.enter(user);
    const comeBack = () =>
      kept.evaluate(() => {
        dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
      });
    await choose(page, "Dark");
    await comeBack();
    await kept.locator("html[data-look=dark]").waitFor();
    assertEquals(await ground(kept), DARK);
    await page.locator("#settings a[lang=zh-Hant]").click();
    await page.locator("html[lang=zh-Hant]").waitFor();
    await comeBack();
    await kept.locator("html[lang=zh-Hant]").waitFor();
  },

  "are the chosen ones from the first paint on, before any script": async (scene) => {
    for (const [chosen, system] of [["Dark", "light"], ["Light", "dark"]] as const) {
      const page = await scene.page(await scene.user({ colorScheme: system }));
      await openIndex(page, scene.parley);
      await choose(page, chosen);
      const scripts = await holdScripts(page);
      for (const address of [scene.parley.http(), scene.address]) {
        await page.goto(address, { waitUntil: "commit" });
        await painted(page);
        assertEquals(await ground(page), chosen === "Dark" ? DARK : LIGHT);
        // what the browser paints before the style sheet is there
        const meta = page.locator('meta[name="color-scheme"]');
        assertEquals(await meta.getAttribute("content"), chosen.toLowerCase());
      }
      await scripts.release();
    }
  },

  "move nothing where less motion is wanted": async (scene) => {
    const motions = [["no-preference", true], ["reduce", false]] as const;
    for (const [reducedMotion, moves] of motions) {
      const page = await scene.page(await scene.user({ reducedMotion }));
      // a server that takes the connection and says nothing
      const asked = Promise.withResolvers<void>();
      await page.routeWebSocket(/./, () => asked.resolve());
      await page.goto(scene.address);
      await asked.promise;
      await say(page, "on its way");
      await page.locator(".message[data-status=pending]").waitFor();
      assertEquals(await moving(page) > 0, moves, reducedMotion);
      assertEquals(await switching(page), moves ? "0.12s" : "0s");
      const behaviour = await page.locator("#chat-log").evaluate((log) =>
        getComputedStyle(log).scrollBehavior
      );
      assertEquals(behaviour, "auto");
    }
  },

  "are the system's own where it forces its colours: each button has its edge": async (scene) => {
    const page = await scene.page(await scene.user({ forcedColors: "active" }));
    const edge = (selector: string) =>
      page.locator(selector).evaluate((button) => {
        const { borderTopColor, borderTopWidth, backgroundColor } = getComputedStyle(button);
        return borderTopWidth === "1px" && borderTopColor !== backgroundColor;
      });
    await openIndex(page, scene.parley);
    assert(await edge("#room-name-submit"));
    await page.goto(scene.address);
    for (const button of ["#chat-message-submit", "#share-copy", "#name-submit"]) {
      assert(await edge(button), button);
    }
  },

  "print the whole talk, dark on light, and nothing to click": async (scene) => {
    const page = await scene.enter({ colorScheme: "dark" });
    await historyIn(page);
    const ann = await scene.member("Ann");
    for (let n = 0; n < 150; n++) ann.send({ message: `line ${n}` });
    await heard(page, "line 149");
    await page.emulateMedia({ media: "print" });
    assertNotEquals(await ground(page), DARK);
    for (const text of ["line 0", "line 149"]) {
      assert(await page.locator(".text", { hasText: new RegExp(`^${text}$`) }).isVisible());
    }
    for (const hidden of ["#chat-message-form", "#people", "#people-toggle", "#share-open"]) {
      assert(await page.locator(hidden).isHidden(), hidden);
    }
    const overflow = await page.locator("#chat-log").evaluate((log) =>
      log.scrollHeight - log.clientHeight
    );
    assertEquals(overflow, 0);
    const pdf = new TextDecoder("latin1").decode(await page.pdf({ format: "A4" }));
    const pages = pdf.match(/\/Type\s*\/Page\b/g)!.length;
    assert(pages >= 3, `${pages} pages`);
    await page.emulateMedia({ media: "screen" });
    await eventually(() => ground(page), (colour) => colour === DARK);
  },
}, ["--message-rate", "0"]);
