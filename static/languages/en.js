/**
 * What the pages say in English, to be shown by the server's templates and by the scripts. Each other language has the
 * same keys, with the same parameters.
 */

const number = new Intl.NumberFormat("en");

/** @param {number} count @param {string} one @param {string} [many] */
function some(count, one, many = `${one}s`) {
  return `${number.format(count)} ${count === 1 ? one : many}`;
}

/** Somebody, and how many others did the same. @param {string} name @param {number} others */
function people(name, others) {
  return others === 0 ? name : `${name} and ${some(others, "other")}`;
}

export default {
  language: "English",

  // both pages
  settings: "Settings",
  look: "Look",
  look_system: "System",
  look_light: "Light",
  look_dark: "Dark",
  languages: "Language",

  // the index page
  index_title: "Chat Rooms",
  index_heading: "Which room would you like to enter?",
  index_lead:
    "Everybody who enters the same name meets in the same room, with no account and nothing to install.",
  room_name: "Room name",
  enter: "Enter",
  suggestion: "Or a new one that nobody can guess:",
  suggestion_another: "Another",
  visited: "Rooms you were in",
  visited_note: "Only this browser knows them.",
  forget: /** @param {string} room */ (room) => `Forget ${room}`,
  forget_all: "Forget all",
  forgotten: "Forgotten.",

  // why no room has a name
  room_empty: "A room needs a name.",
  room_too_long: /** @param {number} most */ (most) =>
    `A room's name has at most ${most} characters.`,
  room_control_character: "A room's name must not contain control characters.",
  room_dots: "No room can be called “.” or “..”: no address can carry that name.",
  room_malformed: "A room's name must be valid Unicode.",
  room_encoding: "The room's name in this address is not valid percent-encoded UTF-8.",

  // error pages
  to_rooms: "To the rooms",
  error_400: "Bad Request",
  error_404: "Not Found",
  error_405: "Method Not Allowed",
  error_426: "Upgrade Required",
  error_500: "Internal Server Error",
  detail_400: "The request is not valid.",
  detail_404: "There is no page at this address.",
  detail_405: "This address is only for reading.",
  detail_426: "This address is for WebSockets.",
  detail_500: "Something went wrong here. It has been logged.",

  // the room's page
  room_title: "Chat Room",
  home: "Parley: all rooms",
  no_scripts:
    "This room needs scripts. Please switch JavaScript on for this site and load the page again.",
  messages: "Messages",
  message: "Message",
  write: "Write a message",
  send: "Send",

  // the connection
  connecting: "Connecting…",
  connected: "Connected",
  connected_again: "Back again",
  reconnecting: "Reconnecting",
  offline: "Offline, trying again",
  in_seconds: /** @param {number} seconds */ (seconds) => `in ${seconds} s`,
  disconnected: "Disconnected",
  try_now: "Try now",

  // the log
  you: "You",
  guest: "Guest",
  sending: "sending…",
  not_sent: /** @param {string} why */ (why) => `Not sent: ${why}`,
  send_again: "Send again",
  rewrite: "Rewrite",
  discard: "Discard",
  nothing_said: "Nobody has said anything yet.",
  nothing_kept: "What was said before is not kept here.",
  gap: "Some messages may be missing here",
  unread: "New since you left",
  new_messages: /** @param {number} count */ (count) => `${number.format(count)} new`,
  to_newest: "To the newest",
  joined: /** @param {string} name @param {number} others */ (name, others) =>
    `${people(name, others)} joined`,
  left: /** @param {string} name @param {number} others */ (name, others) =>
    `${people(name, others)} left`,
  renamed: /** @param {string} before @param {string} name */ (before, name) =>
    `${before} is now ${name}`,
  renamed_you: /** @param {string} name */ (name) => `You are now ${name}`,
  listed: /** @param {string[]} parts */ (parts) => parts.join(" · "),

  // why something was refused
  refused_bad_message: "The server could not read it.",
  refused_too_big: "It is too long.",
  refused_rate: "Too many messages at once.",
  refused_unavailable: "The server cannot take messages at the moment.",
  refused_name_empty: "A name needs something to see.",
  refused_name_characters: "A name cannot have control characters, or ones that turn the text.",
  refused_name_too_long: /** @param {number} most */ (most) =>
    `A name has at most ${most} characters.`,
  refused_name_taken: "Somebody here has this name already.",

  // the people
  people: "People",
  here: /** @param {number} count */ (count) => `${number.format(count)} here`,
  itself: "you",
  too_many: "Too many to list.",
  your_name: "Your name",
  change_name: "Change",
  name_changed: /** @param {string} name */ (name) => `You are now called ${name}.`,
  name_waits: "It is changed as soon as you are connected.",
  close: "Close",
  typing_one: /** @param {string} name */ (name) => `${name} is typing…`,
  typing_two: /** @param {string} one @param {string} two */ (one, two) =>
    `${one} and ${two} are typing…`,
  typing_several: "Several people are typing…",

  // writing
  characters_left: /** @param {number} count */ (count) => `${some(count, "character")} left`,
  too_long: /** @param {number} count */ (count) => `${some(count, "character")} too long`,
  slow_down: /** @param {number} rate */ (rate) =>
    `${some(rate, "message")} a second at most; the rest follows.`,
  server_busy: "The server cannot take messages now; they follow later.",

  // notices
  notices: "When you are elsewhere",
  sound: "Play a sound",
  notify: "Show a notification",
  notify_denied: "Your browser does not allow notifications of this page.",
  said_by: /** @param {string} name @param {string} room */ (name, room) => `${name} in ${room}`,

  // an invitation
  invite: "Invite",
  invite_somebody: "Invite somebody",
  link: "Link to this room",
  copy: "Copy",
  copied: "Copied.",
  copy_failed: "Could not copy: the link is selected, copy it yourself.",
  share: "Share…",
  qr_code: "QR code of the link",
};
