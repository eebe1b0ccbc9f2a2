import { renderSVG } from "uqr";

/** The longest origin that is taken: a host's name has at most 253 characters. */
const ORIGIN_LENGTH = 300;

/**
 * The address of a room at an origin as a browser's address bar shows it, where only the browser knows how the server
 * is reached; `undefined` for anything but a bare origin of the web.
 */
export function roomLink(origin: string, room: string): string | undefined {
  if (origin.length > ORIGIN_LENGTH || !/^https?:/.test(origin) || !URL.canParse(origin)) return;
  if (new URL(origin).origin !== origin) return;
  return `${origin}/chat/${encodeURIComponent(room)}/`;
}

/** A QR code of the text as an SVG picture, with the quiet zone that the standard asks for. */
export function qrCode(text: string): string {
  return renderSVG(text, { border: 4, ecc: "L", boostEcc: true });
}
