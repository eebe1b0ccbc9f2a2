/**
 * The invitation: the link to the room, to be copied or photographed.
 */

import { find } from "../element.js";
import { texts } from "../texts.js";

/** Makes the invitation work. */
export function offerLink() {
  const popover = find("#share", HTMLElement);
  const input = find("#share-link", HTMLTextAreaElement);
  const status = find("#share-status", HTMLElement);
  const system = find("#share-system", HTMLButtonElement);
  // as the visitor sees it: a server behind others does not know
  const link = location.origin + location.pathname;
  input.value = link;

  popover.addEventListener("beforetoggle", () => {
    status.textContent = "";
    const picture = find("#share-qr", HTMLImageElement);
    const address = `${location.pathname}qr.svg?origin=${encodeURIComponent(location.origin)}`;
    // none yet, or one that could not be loaded
    if (picture.complete && picture.naturalWidth === 0) picture.src = address;
  });

  find("#share-copy", HTMLButtonElement).addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(link);
      status.textContent = texts.copied;
    } catch {
      // pages without TLS may not write to the clipboard
      input.select();
      status.textContent = texts.copy_failed;
    }
  });

  if (typeof navigator.share !== "function") return;
  system.hidden = false;
  system.addEventListener("click", () => {
    navigator.share({ title: document.title, url: link }).catch(() => {
      // somebody thought better of it
    });
  });
}
