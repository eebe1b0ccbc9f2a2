/**
 * A member of a room, to be run by Node: it echoes what others say, until one says "goodbye". What it is told it writes
 * to its standard output, one JSON object a line. Its arguments are the server's address and the room.
 */
import process from "node:process";
import { Parley } from "../../static/client.js";

const [address = "", room = ""] = process.argv.slice(2);
// with the usual waits a client that is cut again and again would soon be out most of the time
const parley = new Parley(address, room, { name: "Node", retryFirst: 100, retryMax: 300 });

for (const type of /** @type {const} */ (["state", "welcome", "gap", "failed", "error"])) {
  parley.addEventListener(type, ({ detail }) => console.log(JSON.stringify({ type, detail })));
}

parley.addEventListener("message", ({ detail }) => {
  console.log(JSON.stringify({ type: "message", detail }));
  if (detail.own) return;
  if (detail.message === "goodbye") parley.close();
  else parley.send(`echo of ${detail.message}`);
});

parley.connect();
