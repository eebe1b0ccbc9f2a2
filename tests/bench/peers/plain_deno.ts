/**
 * The tutorial's chat in the plainest Deno there is: each message goes to each member of the room with a `send` of its
 * own. `deno run --allow-net plain_deno.ts PORT`
 */
const rooms = new Map<string, Set<WebSocket>>();

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]) }, (request) => {
  if (request.headers.get("upgrade") !== "websocket") return new Response("A chat\n");
  const name = new URL(request.url).pathname.split("/")[3]!;
  const room = rooms.get(name) ?? new Set();
  rooms.set(name, room);
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => room.add(socket);
  socket.onclose = () => room.delete(socket);
  socket.onmessage = ({ data }) => {
    const { message } = JSON.parse(data);
    const text = JSON.stringify({ message });
    for (const member of room) {
      if (member.readyState === WebSocket.OPEN) member.send(text);
    }
  };
  return response;
});
