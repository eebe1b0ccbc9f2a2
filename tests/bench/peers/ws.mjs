/** The tutorial's chat on Node with `ws`, without compression. `node ws.mjs PORT FOLDER_OF_PACKAGES/` */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";

const [port, packages] = process.argv.slice(2);
const { WebSocketServer, WebSocket } = createRequire(String(packages))("ws");

/** @type {Map<string, Set<any>>} */
const rooms = new Map();

const server = createServer((_request, response) => response.end("A chat\n"));
const chat = new WebSocketServer({ server, perMessageDeflate: false });
chat.on("connection", (/** @type {any} */ socket, /** @type {any} */ request) => {
  const name = request.url.split("/")[3];
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room.add(socket));
  socket.on("close", () => room.delete(socket));
  socket.on("message", (/** @type {any} */ data) => {
    const { message } = JSON.parse(data);
    // bytes, made once: a string would be encoded for each member
    const bytes = Buffer.from(JSON.stringify({ message }));
    for (const member of room) {
      if (member.readyState === WebSocket.OPEN) member.send(bytes, { binary: false });
    }
  });
});
server.listen(Number(port), "127.0.0.1");
