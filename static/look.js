/// <reference lib="dom" />
/**
 * The switch between light and dark. The choice is a cookie, so that the server's page never shows the other look first.
 */

/** A year, in seconds. */
const KEPT = 31_536_000;

const root = document.documentElement;

for (const radio of Array.from(document.querySelectorAll('input[name="look"]'))) {
  if (!(radio instanceof HTMLInputElement)) continue;
  // a browser that fills in forms again knows no cookies
  radio.checked = radio.value === (root.dataset.look ?? "");
  radio.addEventListener("change", () => {
    if (radio.value === "") delete root.dataset.look;
    else root.dataset.look = radio.value;
    const age = radio.value === "" ? 0 : KEPT;
    document.cookie = `look=${radio.value}; Path=/; Max-Age=${age}; SameSite=Lax`;
    colourTheBrowser();
  });
}

// a page kept for the back button does not know what was chosen since
const { cookie } = document;
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && document.cookie !== cookie) location.reload();
});

/** Has the browser's own bar take the page's colour. */
function colourTheBrowser() {
  const [meta, ...others] = Array.from(document.querySelectorAll('meta[name="theme-color"]'));
  for (const other of others) other.remove();
  meta?.removeAttribute("media");
  meta?.setAttribute("content", getComputedStyle(document.body).backgroundColor);
}

// once switched, the one colour that is left follows the system
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  if (document.querySelector('meta[name="theme-color"][media]') === null) colourTheBrowser();
});
