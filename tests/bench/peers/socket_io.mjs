/**
 * The tutorial's chat on Node with Socket.IO, over WebSocket without compression; with a Redis, over its adapter.
 * `node socket_io.mjs PORT FOLDER_OF_PACKAGES/ [REDIS_URL]`
 */
import { createServer } from "node:http";
import { createRequire } from "node:module";
import process from "node:process";

const [port, packages, redis] = process.argv.slice(2);
const require = createRequire(String(packages));
const { Server } = require("socket.io");

const server = createServer((_request, response) => response.end("A chat\n"));
const chat = new Server(server, { transports: ["websocket"], perMessageDeflate: false });
if (redis) {
  const { createAdapter } = require("@socket.io/redis-adapter");
  const publisher = require("redis").createClient({ url: redis });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  chat.adapter(createAdapter(publisher, subscriber));
}
chat.on("connection", (/** @type {any} */ socket) => {
  const { room } = socket.handshake.query;
  socket.join(room);
  socket.on("chat", (/** @type {{ message: string }} */ { message }) => {
    chat.to(room).emit("chat", { message });
  });
});
server.listen(Number(port), "127.0.0.1");
