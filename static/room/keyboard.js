/// <reference lib="dom" />
/**
 * Room for a keyboard on the screen, in browsers that lay it over the page.
 */

/** Has the page be as high as what is seen of it. */
export function makeRoomForKeyboard() {
  const viewport = globalThis.visualViewport;
  viewport?.addEventListener("resize", () => {
    // who magnifies the page sees less of it too
    const covered = viewport.scale === 1 && innerHeight - viewport.height > 1;
    document.body.style.height = covered ? `${viewport.height}px` : "";
    if (covered) scrollTo(0, 0);
  });
}
