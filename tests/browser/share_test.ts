/// <reference lib="dom" />
// @ts-types="../support/std_assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Page } from "playwright-core";
import { decodeQR } from "qr/decode.js";
import { connected, pageTest } from "../support/scene.ts";

/** How wide and high the picture is drawn. */
const SIDE = 300;

/** An image on the page as the browser draws it, in black and white. */
async function photograph(page: Page, selector: string) {
  const bits = await page.locator(selector).evaluate(async (image, side) => {
    if (!(image instanceof HTMLImageElement)) throw new TypeError("Not an image");
    await image.decode();
    const context = new OffscreenCanvas(side, side).getContext("2d")!;
    context.drawImage(image, 0, 0, side, side);
    const { data } = context.getImageData(0, 0, side, side);
    let bits = "";
    for (let at = 0; at < data.length; at += 4) bits += data[at]! < 128 ? "#" : " ";
    return bits;
  }, SIDE);
  const data = Uint8Array.from(bits, (bit) => bit === "#" ? 0 : 255);
  return {
    width: SIDE,
    height: SIDE,
    data: Uint8Array.from(
      { length: 4 * SIDE * SIDE },
      (_, at) => at % 4 === 3 ? 255 : data[at >> 2]!,
    ),
  };
}

const INVITE = { name: "Invite", exact: true };

pageTest("share", {
  "the link is copied, and leads others here": async (scene) => {
    const page = await scene.enter({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.getByRole("button", INVITE).click();
    assertEquals(await page.locator("#share-link").inputValue(), scene.address);
    await page.locator("#share-copy").click();
    await page.locator("#share-status", { hasText: "Copied." }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assertEquals(copied, scene.address);
    const other = await scene.page(await scene.user());
    await other.goto(copied);
    await connected(other);
  },

  "the link is seen as a whole, on every screen": async (scene) => {
    scene.room = "quiet-cedar-harbour-meadow-and-聊天室";
    const page = await scene.enter();
    for (const [width, height] of [[390, 844], [820, 1180], [1440, 900]] as const) {
      await page.setViewportSize({ width, height });
      await page.getByRole("button", INVITE).click();
      const hidden = await page.locator("#share-link").evaluate((link) => [
        link.scrollWidth - link.clientWidth,
        link.scrollHeight - link.clientHeight,
      ]);
      assertEquals(hidden, [0, 0], `${width}`);
      await page.keyboard.press("Escape");
    }
  },

  "where nothing may be copied the link is selected, to be copied by hand": async (scene) => {
    const user = await scene.user();
    // as on a page without TLS
    await user.addInitScript(() => Object.defineProperty(navigator, "clipboard", {}));
    const page = await scene.enter(user);
    await page.getByRole("button", INVITE).click();
    await page.locator("#share-copy").click();
    const status = page.locator("#share-status");
    await status.filter({ hasText: /\S/ }).waitFor();
    assertStringIncludes((await status.textContent())!, "copy it yourself");
    assertEquals(await page.evaluate(() => document.activeElement!.id), "share-link");
    assertEquals(await page.evaluate(() => getSelection()!.toString()), scene.address);
  },

  "the QR code, photographed, is the link": async (scene) => {
    for (const room of [scene.room, "聊天室 100% / 👩🏽‍🚀", "x".repeat(100)]) {
      const page = await scene.page(await scene.user());
      const address = scene.parley.http(`/chat/${encodeURIComponent(room)}/`);
      await page.goto(address);
      await connected(page);
      await page.getByRole("button", INVITE).click();
      const picture = page.locator("#share-qr");
      await picture.scrollIntoViewIfNeeded();
      assert(await picture.isVisible());
      assertEquals(decodeQR(await photograph(page, "#share-qr")), address);
    }
  },

  "a QR code that could not be loaded is asked for again at the next look": async (scene) => {
    const page = await scene.enter();
    const isPicture = (url: URL) => url.pathname.endsWith("/qr.svg");
    const pictureLoads = () =>
      page.locator("#share-qr").evaluate((image: HTMLImageElement) =>
        image.decode().then(() => true, () => false)
      );
    await page.route(
      isPicture,
      (route) => route.fulfill({ body: "none", contentType: "text/html" }),
    );
    await page.getByRole("button", INVITE).click();
    assertEquals(await pictureLoads(), false);
    await page.unroute(isPicture);
    await page.getByRole("button", INVITE).click();
    await page.getByRole("button", INVITE).click();
    assertEquals(await pictureLoads(), true);
    assertEquals(decodeQR(await photograph(page, "#share-qr")), scene.address);
  },

  "what the system has for sharing gets the link": async (scene) => {
    const user = await scene.user();
    await user.addInitScript(() => {
      Object.assign(globalThis, { shared: [] as ShareData[] });
      navigator.share = (data) => {
        (globalThis as unknown as { shared: unknown[] }).shared.push(data);
        return Promise.reject(new DOMException("Somebody thought better of it", "AbortError"));
      };
    });
    const page = await scene.enter(user);
    await page.getByRole("button", INVITE).click();
    await page.getByRole("button", { name: "Share…" }).click();
    const shared = await page.evaluate(() => (globalThis as unknown as { shared: unknown }).shared);
    assertEquals(shared, [{ title: `Chat Room ${scene.room} · Parley`, url: scene.address }]);
  },
});
