/** How a chat server is spoken to: the same load goes over each of these. */
export interface Wire {
  /** The target of the handshake that joins a room. */
  path(room: string): string;
  /** The subprotocol to ask for. */
  protocol?: string;
  /** What stands around the JSON object `{"message": …}` in a client's frame. */
  around: [before: string, after: string];
  /**
   * For a protocol that greets: what to answer a text from the server that is no message, if anything, and whether
   * the member has joined with it. Without this a member has joined when the handshake is done.
   */
  greet?(text: string): { answer?: string; joined?: boolean };
}

/** The tutorial's protocol: one JSON object a frame. */
export const PLAIN: Wire = {
  path: (room) => `/ws/chat/${room}/`,
  around: ["", ""],
};

/** Parley's own. */
export const PARLEY: Wire = { ...PLAIN, protocol: "parley.v1" };

/** Socket.IO 4 over Engine.IO 4; its event is `chat`. */
export const SOCKET_IO: Wire = {
  path: (room) => `/socket.io/?EIO=4&transport=websocket&room=${room}`,
  around: [`42["chat",`, "]"],
  greet(text) {
    if (text.startsWith("40")) return { joined: true };
    if (text.startsWith("0")) return { answer: "40" };
    return text === "2" ? { answer: "3" } : {};
  },
};
