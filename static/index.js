/// <reference lib="dom" />
/**
 * The index page: goes straight to the room, and says at the field what is wrong with its name.
 * Without this script the form does the same through the server.
 *
 * @module
 */

import { ROOM_LENGTH, roomProblem } from "./client.js";

/** @type {Record<ReturnType<typeof roomProblem>, string>} */
const PROBLEMS = {
  "": "",
  empty: "A room needs a name.",
  too_long: `A room's name has at most ${ROOM_LENGTH} characters.`,
  control_character: "A room's name must not contain control characters.",
  dots: "A room cannot have this name: no address can carry it.",
  malformed: "A room's name must be valid Unicode.",
};

const form = /** @type {HTMLFormElement} */ (document.querySelector("#room-name-form"));
const input = /** @type {HTMLInputElement} */ (document.querySelector("#room-name-input"));
const problemLine = /** @type {HTMLElement} */ (document.querySelector("#room-name-error"));

/** @param {string} text */
function showProblem(text) {
  problemLine.textContent = text;
  input.setAttribute("aria-invalid", String(text !== ""));
}

// the browser's own bubble would hide what is said at the field
form.noValidate = true;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const problem = roomProblem(input.value);
  showProblem(PROBLEMS[problem]);
  if (problem === "") location.assign(`/chat/${encodeURIComponent(input.value.normalize("NFC"))}/`);
  else input.focus();
});

// once something was wrong, say at once when it is right
input.addEventListener("input", () => {
  if (problemLine.textContent !== "") showProblem(PROBLEMS[roomProblem(input.value)]);
});

input.focus();
