import { ChatSocket } from "./chat_socket.ts";
import type { TestApp } from "./test_app.ts";

/** How a `parley.v1` client connects. */
export const V1 = { protocol: "parley.v1" };

/** Opens a socket in the room as somebody, and returns it with its welcome. */
export async function enter(test: TestApp, query = "", room = "lobby") {
  const socket = await ChatSocket.open(test.ws(room, query), V1);
  return { socket, welcome: await socket.next() };
}
