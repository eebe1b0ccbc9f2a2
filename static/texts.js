/// <reference lib="dom" />
/**
 * What this page says, in its language, which the server chose.
 */

const { lang } = document.documentElement;

/** @type {typeof import("./languages/en.js").default} */
export const texts = (await import(`./languages/${lang}.js`)).default;

/** The reader's own way to write dates, where it is in the page's language. */
export const locale =
  navigator.languages?.find((tag) => tag.split("-")[0] === lang.split("-")[0]) ??
    lang;
