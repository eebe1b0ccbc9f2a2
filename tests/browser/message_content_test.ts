/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import type { Locator } from "playwright-core";
import { heard, logValue, say } from "../support/chat_page.ts";
import { connected, pageTest, type Scene } from "../support/scene.ts";

/** The lines of that text in the log: one's own, and another member's. */
async function linesOf(scene: Scene, text: string): Promise<Locator[]> {
  const ann = await scene.member("Ann");
  const page = await scene.enter();
  await page.locator("#chat-message-input").fill(text);
  await page.keyboard.press("Enter");
  await page.locator(".message.own[data-status=sent]").waitFor();
  ann.send({ message: text });
  await page.locator(".message:not(.own)").waitFor();
  return [page.locator(".message.own"), page.locator(".message:not(.own)")];
}

/** Each link's text and address. */
function links(line: Locator): Promise<string[][]> {
  return line.locator(".text a").evaluateAll((links) =>
    links.map((link) => [link.textContent!, link.getAttribute("href")!])
  );
}

/** What the message's text consists of: of elements the name, of text nodes the text. */
function nodes(line: Locator): Promise<string[]> {
  return line.locator(".text").evaluate(({ childNodes }) =>
    Array.from(childNodes).map((node) =>
      node instanceof Element ? `<${node.localName}>` : node.nodeValue!
    )
  );
}

pageTest("what stands in a message", {
  "addresses of http and https are links that give nothing away": async (scene) => {
    const text = "see http://a.example and HTTPS://b.example/x?y=1&z=2#w here";
    for (const line of await linesOf(scene, text)) {
      assertEquals(await links(line), [
        ["http://a.example", "http://a.example"],
        ["HTTPS://b.example/x?y=1&z=2#w", "HTTPS://b.example/x?y=1&z=2#w"],
      ]);
      const link = line.locator(".text a").first();
      assertEquals(await link.getAttribute("rel"), "noopener nofollow ugc");
      assertEquals(await line.locator(".text").textContent(), text);
    }
  },

  "where a link leads cannot be turned around by what stands before or in it": async (scene) => {
    for (const line of await linesOf(scene, "to \u202ehttps://a.example/elpmaxe.b//:s\u202eptth")) {
      const link = line.locator(".text a");
      assertEquals(await link.getAttribute("href"), "https://a.example/elpmaxe.b//:s");
      const places = await link.evaluate(({ firstChild }) =>
        Array.from(firstChild!.textContent!, (_, at) => {
          const range = document.createRange();
          range.setStart(firstChild!, at);
          range.setEnd(firstChild!, at + 1);
          return range.getBoundingClientRect().left;
        })
      );
      assertEquals(places, [...places].sort((a, b) => a - b));
    }
  },

  "what stands in a message is painted in its own bubble alone": async (scene) => {
    for (const line of await linesOf(scene, `Z${"\u0348\u030d".repeat(100)}`)) {
      const overflow = await line.locator(".text").evaluate((text) =>
        getComputedStyle(text).overflow
      );
      assertEquals(overflow, "clip");
    }
  },

  "a link that is clicked opens beside the room, without a way back into it": async (scene) => {
    const address = scene.parley.http("/chat/elsewhere/");
    const page = await scene.enter();
    await say(page, `over at ${address}`);
    const [other] = await Promise.all([
      page.context().waitForEvent("page"),
      page.locator(".text a").click(),
    ]);
    await connected(other);
    assertEquals(other.url(), address);
    assertEquals(await other.evaluate(() => [globalThis.opener, document.referrer]), [null, ""]);
    assertEquals(page.url(), scene.address);
  },

  "no other scheme is a link": async (scene) => {
    const schemes = [
      "javascript:alert(1)",
      "data:text/html,<script>alert(1)</script>",
      "vbscript:x",
      "file:///etc/passwd",
      "ftp://a.example/",
      "javascript://a.example/%0aalert(1)",
      "JAVASCRIPT:alert(1)",
      "www.a.example",
      "//a.example",
      "http:a.example",
      "xhttp://a.example",
      "blob:x",
    ];
    for (const line of await linesOf(scene, schemes.join("\n"))) {
      assertEquals(await links(line), []);
      assertEquals(await line.locator(".text").textContent(), schemes.join("\n"));
    }
  },

  "the punctuation behind an address belongs to the sentence": async (scene) => {
    const text = "(https://a.example/b_(c)), https://a.example/d. https://a.example/e?! " +
      "「https://a.example/f」 https://a.example/g，和 <https://a.example/h> https://a.example/i/";
    for (const line of await linesOf(scene, text)) {
      const shown = (await links(line)).map(([text]) => text!.replace("https://a.example/", ""));
      assertEquals(shown, ["b_(c)", "d", "e", "f", "g", "h", "i/"]);
      assertEquals(await line.locator(".text").textContent(), text);
    }
  },

  "a message of HTML is shown as its text": async (scene) => {
    const html = `<b>bold</b><img src="x" onerror="alert(1)"><script>alert(2)</script>` +
      `<style>*{display:none}</style><a href="javascript:alert(3)">x</a> &lt;i&gt; <!-- -->`;
    for (const line of await linesOf(scene, html)) {
      assertEquals(await nodes(line), [html]);
      assertEquals(await line.locator(".text").innerText(), html);
      assertEquals(await line.locator(":is(img, script, style, b, a)").count(), 0);
      assertEquals((await logValue(line.page())).split(html).length, 3);
    }
  },

  "a name of HTML is shown as its text": async (scene) => {
    const name = "<img src=x onerror=alert(1)>";
    const ann = await scene.member(name);
    const page = await scene.enter();
    ann.send({ message: "hello" });
    await heard(page, "hello");
    assertEquals(await page.locator(".message .name").textContent(), name);
    assertEquals(await page.locator("#chat-log img, #people img").count(), 0);
  },

  "line breaks and runs of spaces are kept": async (scene) => {
    const text = "one\n\n  two   three\n\tfour";
    for (const line of await linesOf(scene, text)) {
      const shown = line.locator(".text");
      assertEquals(await shown.innerText(), text);
      const [height, lineHeight] = await shown.evaluate((element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        const { lineHeight } = getComputedStyle(element);
        return [range.getBoundingClientRect().height, parseFloat(lineHeight)];
      });
      assert(Math.round(height! / lineHeight!) === 4, `${height} of ${lineHeight}`);
    }
  },

  "long words wrap: nothing is wider than the page": async (scene) => {
    const long = "W".repeat(2000);
    const texts = [long, `https://a.example/${long}`, `\`${long}\``, `\`\`\`\n${long}\n\`\`\``];
    const ann = await scene.member("N".repeat(32));
    for (const message of texts) ann.send({ message });
    const page = await scene.enter({ viewport: { width: 320, height: 600 } });
    await say(page, `mine ${long}`);
    await heard(page, "mine");
    assertEquals(await page.locator(".message").count(), 5);
    const wide = await page.evaluate(() => {
      const log = document.querySelector("#chat-log")!;
      const right = log.getBoundingClientRect().left + log.clientWidth;
      const scrolls = [
        document.documentElement,
        ...Array.from(document.querySelectorAll("#chat-log, .text")),
      ]
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);
      const leaves = Array.from(log.querySelectorAll("*"))
        .filter((element) => element.getBoundingClientRect().right > right + 0.5);
      return [...scrolls, ...leaves].map((element) => element.outerHTML.slice(0, 80));
    });
    assertEquals(wide, []);
  },

  "what stands in backticks is code, and nothing in it is anything else": async (scene) => {
    const text = "run `ls <b> https://a.example` or\n```js\nlet x = `1`;\n  x++;\n```\nand `this";
    for (const line of await linesOf(scene, text)) {
      assertEquals(await line.locator(".text code.code").allTextContents(), [
        "ls <b> https://a.example",
      ]);
      assertEquals(await line.locator(".text code.block").allTextContents(), [
        "let x = `1`;\n  x++;",
      ]);
      assertEquals(await links(line), []);
      assertEquals(await line.locator(".text :not(code, .mark)").count(), 0);
      const families = await line.locator(".text code").evaluateAll((codes) =>
        codes.map((code) => getComputedStyle(code).fontFamily.includes("monospace"))
      );
      assertEquals(families, [true, true]);
      // the backticks are not seen, but stay in the text that is copied by a program
      assertEquals(
        await line.locator(".text").innerText(),
        "run ls <b> https://a.example or\nlet x = `1`;\n  x++;\nand `this",
      );
      assertEquals(await line.locator(".text").textContent(), text);
    }
  },

  "the log's value is its text, a message a line": async (scene) => {
    const ann = await scene.member("Ann");
    const page = await scene.enter();
    ann.send({ message: "one" });
    await heard(page, "one");
    await say(page, "two");
    await page.locator(".own[data-status=sent]").waitFor();
    ann.send({ message: "three `3`" });
    await heard(page, "three");
    const lines = (await logValue(page)).split("\n").filter((line) => /one|two|three/.test(line));
    assertEquals(lines.length, 3);
    for (const [n, text] of ["Ann: one", ": two", "Ann: three `3`"].entries()) {
      assert(lines[n]!.endsWith(text), lines[n]);
    }
  },
});
