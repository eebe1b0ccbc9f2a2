/**
 * The room page: puts together what shows what {@linkcode Parley} tells, and says what is typed.
 */

import { Parley } from "./client.js";
import { find } from "./element.js";
import "./look.js";
import { Attention } from "./room/attention.js";
import { Composer } from "./room/composer.js";
import { showConnection } from "./room/connection_line.js";
import { EmptyLog } from "./room/empty_log.js";
import { Following } from "./room/following.js";
import { explainPace, hint } from "./room/hint.js";
import { makeRoomForKeyboard } from "./room/keyboard.js";
import { LogView } from "./room/log_view.js";
import { RoomMemory } from "./room/memory.js";
import { nameAt } from "./room/message_line.js";
import { editOwnName } from "./room/own_name.js";
import { showPeople } from "./room/people.js";
import { offerLink } from "./room/share.js";
import { Signals } from "./room/signals.js";
import { showTyping } from "./room/typing_line.js";
import { texts } from "./texts.js";
import { remember, visitOf } from "./visited_rooms.js";

/** @import { Message } from "./client.js" */

/** The history is in when nothing has come for so long, in ms, after the welcome; and then at the latest. */
const HISTORY_PAUSE = 400;
const HISTORY_LONGEST = 3_000;

const room = document.body.dataset.room ?? "";
const memory = new RoomMemory(room);
const parley = new Parley(location.origin, room, memory.options());
const log = find("#chat-log", HTMLOutputElement);

const composer = new Composer({
  memory,
  limits: () => parley.limits,
  onSend: (text) => void parley.send(text),
  onTyping: () => parley.typing(),
});
const view = new LogView(log, {
  name: () => parley.you?.name,
  reason: reasonOf,
  onAgain: (message) => {
    parley.retry(message);
    composer.focus();
  },
  onDiscard: (message, rewrite) => {
    if (rewrite) composer.takeBack(message.message);
    parley.discard(message);
    keepUnsent();
    showEmpty();
    composer.focus();
  },
});
const emptyLog = new EmptyLog(log, () => composer.focus());
const following = new Following(log, find("#chat-newest", HTMLButtonElement), keepPosition);
const signals = new Signals();
const attention = new Attention({
  onLeave() {
    keepPosition();
    unreadBefore = view.unread;
    view.markUnread(true);
  },
  onReturn: backToUnread,
});

/** @param {Message} message @returns {string} why it was refused */
function reasonOf({ error }) {
  switch (error?.code) {
    case "bad_message":
    case "too_big":
    case "rate":
    case "unavailable":
      return texts[/** @type {const} */ (`refused_${error.code}`)];
    default:
      return error?.detail || error?.code || "";
  }
}

function keepUnsent() {
  memory.keepUnsent(parley.outbox);
}

// How far the room was read

/** @type {ReturnType<typeof visitOf>} how far it was read before this page, until something new was found */
let readBefore = visitOf(room);

/** @type {HTMLElement | null} the line in front of what was new at the last look */
let unreadBefore = null;

/** Goes back to what is new, once all of it is here and somebody looks. */
function backToUnread() {
  const { unread } = view;
  if (!caughtUp || parley.state !== "open" || attention.away || unread === unreadBefore) return;
  unreadBefore = unread;
  if (unread !== null) following.backTo(unread);
}

/** Where the end is out of sight, what was kept on leaving it stays. */
function keepPosition() {
  const { epoch, seq } = parley;
  if (epoch !== null && following.atEnd) remember({ room, epoch, seq });
}

/** @param {Message} message */
function findUnread({ epoch, seq = 0, own }) {
  if (readBefore === undefined || own) return;
  if (epoch === readBefore.epoch && seq > (readBefore.seq ?? 0)) view.markUnread(true);
  else if (epoch === readBefore.epoch) return;
  readBefore = undefined;
}

// Until the history, or what was missed in a cut, is in, the log is silent for screen readers

/** @type {ReturnType<typeof setTimeout> | undefined} */
let historyTimer;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let longestTimer;
let historyIn = false;
let caughtUp = false;
let missed = 0;

function awaitHistory() {
  clearTimeout(historyTimer);
  historyTimer = setTimeout(endHistory, HISTORY_PAUSE);
}

function endHistory() {
  if (caughtUp) return;
  if (historyIn && missed > 0) hint(texts.new_messages(missed));
  historyIn = caughtUp = true;
  readBefore = undefined;
  log.ariaLive = "polite";
  showEmpty();
  backToUnread();
}

function showEmpty() {
  if (historyIn) emptyLog.show(parley.seq > 0);
}

parley.addEventListener("welcome", ({ detail }) => {
  memory.keepIdentity(detail.you);
  composer.count();
  remember({ room });
  log.ariaLive = "off";
  caughtUp = false;
  missed = 0;
  clearTimeout(longestTimer);
  longestTimer = setTimeout(endHistory, HISTORY_LONGEST);
  awaitHistory();
});

// What is said

parley.addEventListener("message", ({ detail }) => {
  const { own, message } = detail;
  // what somebody sees being said is not new; what was missed comes after the return
  if (caughtUp && !attention.away) view.markUnread(false);
  findUnread(detail);
  view.showSent(detail);
  showEmpty();
  following.added(!own);
  // who looks back would lose the place
  if (following.atEnd) view.shorten();
  if (own) keepUnsent();
  if (!caughtUp) awaitHistory();
  if (own) return;
  missed++;
  if (!historyIn) return;
  attention.add();
  if (attention.away) signals.give(texts.said_by(nameAt(detail), room), message);
});

for (const type of /** @type {const} */ (["pending", "failed"])) {
  parley.addEventListener(type, ({ detail }) => {
    if (type === "pending") {
      view.clearUnread();
      following.toEnd();
    }
    view.showSending(detail);
    showEmpty();
    following.added(false);
    keepUnsent();
  });
}

parley.addEventListener("gap", ({ detail }) => {
  view.showGap(detail.renewed);
  showEmpty();
  following.added(false);
});

// Who comes and goes

/** @param {Parameters<LogView["showPassing"]>[0]} change */
function showPassing(change) {
  view.showPassing(change);
  following.added(false);
}

parley.addEventListener("join", ({ detail: { id, name } }) => {
  if (id !== parley.you?.id) showPassing((people) => people.join(id, name));
});
parley.addEventListener("leave", ({ detail: { id, name } }) => {
  if (id !== parley.you?.id) showPassing((people) => people.leave(id, name));
});
parley.addEventListener("name", ({ detail: { id, name, before, own } }) => {
  if (own) memory.keepIdentity(parley.you);
  if (before !== undefined && before !== name) {
    showPassing((people) => people.rename(id, before, name, own));
  }
});

showConnection(parley, () => composer.focus());
showPeople(parley);
showTyping(parley);
explainPace(parley);
editOwnName(parley, (name) => memory.keepName(name));
offerLink();
makeRoomForKeyboard();

// What was not said before a reload
for (const message of parley.outbox) view.showSending(message);

// a page kept for the back button must not hold a connection
addEventListener("pagehide", () => {
  if (!attention.away) keepPosition();
  void parley.close();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) parley.connect();
});

parley.connect();
