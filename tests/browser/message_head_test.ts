/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import type { Locator, Page } from "playwright-core";
import { heard, say } from "../support/chat_page.ts";
import { connected, pageTest, type Scene } from "../support/scene.ts";
import { TcpProxy } from "../support/tcp_proxy.ts";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

/** Where it is about noon: no day ends there in the course of a test. */
const NOON = 12 - new Date().getUTCHours();
const ZONE = `Etc/GMT${NOON > 0 ? "-" : "+"}${Math.abs(NOON)}`;

/** Has messages be as old as they say: "3 days ago", "6 minutes ago". */
function age(chunk: Buffer): Buffer {
  const pattern = /"message":"(\d+) (day|minute)s ago[^"]*"[^{}]*?"at":(\d{13})/g;
  const aged = chunk.toString("latin1").replace(pattern, (text, count, unit, at) => {
    const before = Number(count) * (unit === "day" ? DAY : MINUTE);
    return text.replace(`"at":${at}`, `"at":${Number(at) - before}`);
  });
  return Buffer.from(aged, "latin1");
}

/** Enters by a proxy that makes messages older. */
async function enterLate(scene: Scene, proxy: TcpProxy, locale = "en-GB"): Promise<Page> {
  const page = await scene.page(await scene.user({ locale, timezoneId: ZONE }));
  await page.goto(`http://127.0.0.1:${proxy.port}${new URL(scene.address).pathname}`);
  await connected(page);
  return page;
}

/** The day that was so many days ago, as people write it there. */
function day(daysAgo: number, locale = "en-GB"): string {
  return new Date(Date.now() - daysAgo * DAY).toLocaleDateString(locale, {
    timeZone: ZONE,
    weekday: "long",
    day: "numeric",
    month: "long",
    year: daysAgo > 366 ? "numeric" : undefined,
  });
}

function message(page: Page, text: string): Locator {
  return page.locator(".message", { hasText: text });
}

async function follows(page: Page, text: string): Promise<boolean> {
  return await message(page, text).evaluate(({ classList }) => classList.contains("follows"));
}

pageTest("the head of a message", {
  "consecutive messages of one person stand together": async (scene) => {
    const [ann, ben] = [await scene.member("Ann"), await scene.member("Ben")];
    const page = await scene.enter();
    const talk = [[ann, "a1"], [ann, "a2"], [ben, "b1"], [ann, "a3"], [ann, "a4"]] as const;
    for (const [member, text] of talk) {
      member.send({ message: text });
      await heard(page, text);
    }
    await say(page, "m1");
    await say(page, "m2");
    await message(page, "m2").locator("xpath=self::*[@data-status='sent']").waitFor();
    const grouped = [];
    for (const text of ["a1", "a2", "b1", "a3", "a4", "m1", "m2"]) {
      if (await follows(page, text)) grouped.push(text);
    }
    assertEquals(grouped, ["a2", "a4", "m2"]);
    // the name is seen once, and each line has it for who hears the page
    const seen = (text: string) =>
      message(page, text).locator(".name").evaluate((name) =>
        name.getBoundingClientRect().width > 2
      );
    assertEquals([await seen("a1"), await seen("a2"), await seen("b1")], [true, false, true]);
    assertEquals(await message(page, "a2").locator(".name").textContent(), "Ann");
  },

  "who goes on after minutes, or with another name, stands apart": async (scene) => {
    await using proxy = await TcpProxy.listen(() => [scene.parley.port], (link) => {
      link.fromTarget = age;
    });
    const ann = await scene.member("Ann");
    for (const text of ["9 minutes ago", "6 minutes ago", "0 minutes ago"]) {
      ann.send({ message: text });
    }
    await ann.nextTexts(3);
    ann.send({ type: "name", name: "Anna" });
    await ann.nextOf("name");
    ann.send({ message: "renamed" });
    const page = await enterLate(scene, proxy);
    await heard(page, "renamed");
    assertEquals(await follows(page, "6 minutes ago"), true);
    assertEquals(await follows(page, "0 minutes ago"), false);
    assertEquals(await follows(page, "renamed"), false);
  },

  "days are separated, each with its name in the reader's way": async (scene) => {
    await using proxy = await TcpProxy.listen(() => [scene.parley.port], (link) => {
      link.fromTarget = age;
    });
    const ann = await scene.member("Ann");
    const ages = ["800 days ago", "3 days ago", "3 days ago still", "1 days ago", "now"];
    for (const text of ages) ann.send({ message: text });
    for (const locale of ["en-GB", "en-US"]) {
      const page = await enterLate(scene, proxy, locale);
      await heard(page, "now");
      const lines = await page.locator("#chat-log :is(.day, .message .text)").allInnerTexts();
      assertEquals(lines.map((line) => line.trim()), [
        day(800, locale),
        ages[0],
        day(3, locale),
        ages[1],
        ages[2],
        day(1, locale),
        ages[3],
        day(0, locale),
        ages[4],
      ]);
      const today = await page.locator(".day time").last().getAttribute("datetime");
      assertEquals(
        today,
        new Date().toLocaleDateString("sv-SE", { timeZone: ZONE }),
      );
      // the first of a day says who it is
      assertEquals(await follows(page, "now"), false);
    }
  },

  "days never go back, be the reader's clock on another: who comes stands under the next one said":
    async (
      scene,
    ) => {
      await using proxy = await TcpProxy.listen(() => [scene.parley.port], (link) => {
        link.fromTarget = age;
      });
      for (const hours of [-36, 36]) {
        // a room without the messages of the other clock
        scene.room += "-";
        const ann = await scene.member("Ann");
        for (const text of ["1 days ago", "2 days ago"]) ann.send({ message: text });
        await ann.nextTexts(2);
        const page = await scene.page(await scene.user({ locale: "en-GB", timezoneId: ZONE }));
        await page.clock.install({ time: Date.now() + hours * 60 * MINUTE });
        await page.goto(`http://127.0.0.1:${proxy.port}${new URL(scene.address).pathname}`);
        await heard(page, "2 days ago");
        const ben = await scene.member("Ben");
        await page.locator(".passing", { hasText: "Ben" }).waitFor();
        const shown = page.locator("#chat-log :is(.day, .passing, .message .text)");
        const lines = async () => (await shown.allInnerTexts()).map((line) => line.trim());
        const old = [day(1), "1 days ago", "2 days ago"];
        assertEquals(await lines(), [...old, "Ben joined"]);
        ben.send({ message: "now" });
        await heard(page, "now");
        assertEquals(await lines(), [...old, day(0), "Ben joined", "now"]);
      }
    },

  "the time is the reader's own, and a machine can read it": async (scene) => {
    const ann = await scene.member("Ann");
    ann.send({ message: "hello" });
    const { at } = await ann.nextMessage();
    for (const [locale, timeZone] of [["en-US", "America/New_York"], ["en-GB", "Asia/Taipei"]]) {
      const page = await scene.enter({ locale: locale!, timezoneId: timeZone! });
      await heard(page, "hello");
      const time = page.locator(".message time");
      assertEquals(await time.getAttribute("datetime"), new Date(at).toISOString());
      const clock = { hour: "numeric", minute: "2-digit", timeZone } as const;
      const shown = (await time.textContent())!.replace(/\s/g, " ");
      const expected = new Date(at).toLocaleTimeString(locale, clock).replace(/\s/g, " ");
      assertEquals(shown, expected);
      assertEquals(/ [AP]M$/.test(shown), locale === "en-US");
    }
  },

  "a name has one colour, in every browser and after a reload": async (scene) => {
    const names = Array.from({ length: 12 }, (_, n) => `Member ${n}`);
    for (const name of names) (await scene.member(name)).send({ message: `I am ${name}!` });
    const colours = async (page: Page) => {
      for (const name of names) await heard(page, `I am ${name}!`);
      return await page.locator(".message .name").evaluateAll((names) =>
        names.map((name) => `${name.textContent} ${getComputedStyle(name).color}`).sort()
      );
    };
    const [one, two] = [await scene.enter(), await scene.enter()];
    const first = await colours(one);
    assertEquals(await colours(two), first);
    await one.reload();
    assertEquals(await colours(one), first);
    const different = new Set(first.map((line) => line.replace(/^Member \d+ /, "")));
    assert(different.size >= 4, [...different].join());
  },

  "own messages have their speaker for who hears or copies them, and nothing to see of it": async (
    scene,
  ) => {
    const page = await scene.enter({ name: "Mia" });
    await say(page, "mine");
    await page.locator(".own[data-status=sent]").waitFor();
    const name = page.locator(".own .name");
    assert((await name.evaluate((name) => name.getBoundingClientRect().width)) < 2);
    const copied = await page.locator("#chat-log").evaluate((log) => {
      getSelection()!.selectAllChildren(log);
      return String(getSelection()).replace(/\s+/g, " ");
    });
    assert(/ Mia ?: mine$/.test(copied.trim()), copied);
    assertMatch(await page.locator("#chat-log").ariaSnapshot(), /Mia *: *mine/);
  },

  "own messages are recognised: they stand elsewhere and look otherwise": async (scene) => {
    const [one, two] = [await scene.enter(), await scene.enter()];
    await say(one, "from one");
    await heard(two, "from one");
    await say(two, "from two");
    await heard(one, "from two");
    await two.locator(".own[data-status=sent]").waitFor();
    for (const [page, own] of [[one, "from one"], [two, "from two"]] as const) {
      assertEquals(await page.locator(".own .text").allTextContents(), [own]);
      const looks = await page.locator(".message").evaluateAll((lines) =>
        lines.map((line) => {
          const text = line.querySelector(".text")!;
          const { left } = text.getBoundingClientRect();
          return {
            own: line.matches(".own"),
            left,
            ground: getComputedStyle(text).backgroundColor,
          };
        }).sort((a, b) => Number(a.own) - Number(b.own))
      );
      const [other, mine] = looks;
      assert(mine!.left > other!.left + 100, JSON.stringify(looks));
      assertNotEquals(mine!.ground, other!.ground);
    }
    // they are so for who comes back, too
    await one.reload();
    await one.locator(".own").waitFor();
    assertEquals(await one.locator(".own .text").allTextContents(), ["from one"]);
  },
});
