/**
 * The index page: goes straight to the room, and says at the field what is wrong with its name; suggests a new room, and
 * lists those visited. Without this script the form and the suggestion do their work through the server.
 */

import { ROOM_LENGTH, roomProblem } from "./client.js";
import { button, element, find, focusFirst } from "./element.js";
import "./look.js";
import { suggestRoom } from "./room_suggestion.js";
import { texts } from "./texts.js";
import { forget, visits } from "./visited_rooms.js";

const form = find("#room-name-form", HTMLFormElement);
const input = find("#room-name-input", HTMLInputElement);
const problemLine = find("#room-name-error", HTMLElement);
const suggestion = find("#room-suggestion", HTMLAnchorElement);
const visited = find("#visited", HTMLElement);
const list = find("#visited-rooms", HTMLElement);
const forgotten = find("#forgotten", HTMLElement);

/** @param {string} room */
function pathOf(room) {
  return `/chat/${encodeURIComponent(room)}/`;
}

/** The name in the field: no space at its ends, which nobody sees, makes another room. */
function wanted() {
  return input.value.normalize("NFC").trim();
}

/** The path of a room's page on this server. @param {string} link @returns {string | undefined} none: it is a name */
function invitationOf(link) {
  if (!URL.canParse(link)) return undefined;
  const { origin, pathname } = new URL(link);
  return origin === location.origin && /^\/chat\/[^/]+\/?$/.test(pathname) ? pathname : undefined;
}

/** @param {ReturnType<typeof roomProblem>} problem */
function showProblem(problem) {
  const text = problem === "" ? "" : texts[/** @type {const} */ (`room_${problem}`)];
  problemLine.textContent = typeof text === "function" ? text(ROOM_LENGTH) : text;
  input.setAttribute("aria-invalid", String(problem !== ""));
}

// the browser's own bubble would hide what is said at the field
form.noValidate = true;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const room = wanted();
  const invitation = invitationOf(room);
  const problem = invitation === undefined ? roomProblem(room) : "";
  showProblem(problem);
  if (problem === "") location.assign(invitation ?? pathOf(room));
  else input.focus();
});

// once something was wrong, say at once when it is right
input.addEventListener("input", () => {
  if (problemLine.textContent !== "") showProblem(roomProblem(wanted()));
});

find("#room-suggestion-another", HTMLButtonElement).addEventListener("click", () => {
  const room = suggestRoom();
  suggestion.textContent = room;
  suggestion.href = pathOf(room);
});

function showVisits() {
  const rooms = visits().map(({ room }) => room);
  visited.hidden = rooms.length === 0;
  list.replaceChildren(...rooms.map((room, at) => {
    const link = element("a", "", element("bdi", "", room));
    link.href = pathOf(room);
    const cross = button("cross", "×", () => forgetRoom(room, at));
    cross.ariaLabel = cross.title = texts.forget(room);
    return element("li", "", link, cross);
  }));
}

/** @param {string} room @param {number} at its place in the list */
function forgetRoom(room, at) {
  forget(room);
  showVisits();
  forgotten.textContent = texts.forgotten;
  // the focus goes on to the next one, or to where it began
  const crosses = list.querySelectorAll("button");
  (crosses[Math.min(at, crosses.length - 1)] ?? input).focus();
}

find("#forget-all", HTMLButtonElement).addEventListener("click", () => {
  forget();
  showVisits();
  forgotten.textContent = texts.forgotten;
  input.focus();
});

// a page that the back button brings shows what was visited since
addEventListener("pageshow", showVisits);

showVisits();
focusFirst(input);
