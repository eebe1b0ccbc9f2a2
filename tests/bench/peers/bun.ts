/** The tutorial's chat on Bun, whose server publishes to a topic in native code. `bun bun.ts PORT` */
interface BunSocket {
  data: string;
  subscribe(topic: string): void;
}

// deno-lint-ignore no-explicit-any -- Bun's types are in a package of their own
const { Bun } = globalThis as any;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(Bun.argv[2]),
  fetch(request: Request) {
    const room = new URL(request.url).pathname.split("/")[3];
    return server.upgrade(request, { data: room }) ? undefined : new Response("A chat\n");
  },
  websocket: {
    perMessageDeflate: false,
    open(socket: BunSocket) {
      socket.subscribe(socket.data);
    },
    message(socket: BunSocket, text: string) {
      const { message } = JSON.parse(text);
      server.publish(socket.data, JSON.stringify({ message }));
    },
  },
});
