// @ts-types="./types/std_http_negotiation.d.ts"
import { acceptsLanguages } from "@std/http/negotiation";
import en from "../static/languages/en.js";
import zhHant from "../static/languages/zh-Hant.js";

/** What the pages say in one language. */
export type Texts = typeof en;

/** The languages, by their tags (BCP 47). */
export const LANGUAGES = { en, "zh-Hant": zhHant } as const satisfies Record<string, Texts>;

/** The tag of a language that there is. */
export type Language = keyof typeof LANGUAGES;

/** How somebody wants to see the pages. */
export interface Preferences {
  /** The language of all texts. */
  readonly language: Language;
  /** Light or dark, if not as the system has it. */
  readonly look: "light" | "dark" | undefined;
}

/** The cookie that holds the language chosen. */
const LANGUAGE_COOKIE = "lang";

/** The cookie that holds the look chosen; `static/look.js` sets it. */
const LOOK_COOKIE = "look";

/** A year, in seconds. */
const COOKIE_MAX_AGE = 31_536_000;

/** What there is for those who ask for Chinese of any kind: the one that is nearest. */
const CHINESE = ["zh-Hant", "zh-TW", "zh-HK", "zh-MO", "zh"];

/** The request's headers that {@linkcode preferencesOf} reads, for `vary`. */
export const PREFERENCES_VARY = "accept-language, cookie";

/** What was chosen on a page, or else what the browser asks for. */
export function preferencesOf(request: Request): Preferences {
  const chosen = cookieOf(request, LANGUAGE_COOKIE);
  const look = cookieOf(request, LOOK_COOKIE);
  return {
    language: isLanguage(chosen) ? chosen : acceptedLanguage(request),
    look: look === "light" || look === "dark" ? look : undefined,
  };
}

/** Whether there is a language with this tag. */
export function isLanguage(tag: string | null | undefined): tag is Language {
  return tag !== null && tag !== undefined && Object.hasOwn(LANGUAGES, tag);
}

/** The `set-cookie` header that makes this the language from now on. */
export function languageCookie(language: Language): string {
  return `${LANGUAGE_COOKIE}=${language}; Path=/; Max-Age=${COOKIE_MAX_AGE}; SameSite=Lax`;
}

/** A cookie's value, whatever others on this host have set besides. */
function cookieOf({ headers }: Request, name: string): string | undefined {
  for (const pair of headers.get("cookie")?.split(";") ?? []) {
    const [key = "", value = ""] = pair.split("=");
    if (key.trim() === name) return value.trim();
  }
  return undefined;
}

function acceptedLanguage(request: Request): Language {
  const accepted = acceptsLanguages(request, "en", ...CHINESE);
  return accepted !== undefined && CHINESE.includes(accepted) ? "zh-Hant" : "en";
}
