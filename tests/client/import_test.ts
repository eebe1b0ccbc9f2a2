// @ts-types="../support/std_assert.d.ts"
import { assertEquals, assertMatch } from "@std/assert";
import { ChatSocket } from "../support/chat_socket.ts";
import { V1 } from "../support/enter.ts";
import { ParleyProcess } from "../support/parley_process.ts";
import { ServerProcess } from "../support/server_process.ts";

/** A program of somebody else's, as the README has it, with what is said to it on the command line. */
const PROGRAM = `
import { type Message, Parley } from "ADDRESS/static/client.js";

const parley = new Parley("ADDRESS", "lobby", { name: "Ann" });
parley.addEventListener("message", ({ detail }) => {
  const { message, name = "nobody", own }: Message = detail;
  console.log(\`\${name}: \${message}\`);
  if (!own) parley.close();
});
parley.connect();
parley.send("hello from elsewhere");
`;

/** What its types do not allow; each line that they did allow would be an error of its own. */
const MISUSE = `
import { type Message, Parley, type State } from "ADDRESS/static/client.js";

// @ts-expect-error: the room is missing
const parley = new Parley("ADDRESS");
// @ts-expect-error: there is no such option
new Parley("ADDRESS", "lobby", { nickname: "Ann" });
// @ts-expect-error: a text is no object
parley.send({ message: "hi" });
// @ts-expect-error: there is no such state
export const state: State = "asleep";
parley.addEventListener("message", ({ detail }) => {
  // @ts-expect-error: it has no number while it is pending
  const seq: number = detail.seq;
  return seq;
});
export const said: Message = parley.send("hi");
`;

/** A folder for a program and all that Deno keeps for it: it knows nothing of this repository. */
class Elsewhere implements AsyncDisposable {
  readonly #folder: string;
  readonly #parley: ParleyProcess;

  private constructor(folder: string, parley: ParleyProcess) {
    this.#folder = folder;
    this.#parley = parley;
  }

  static async make(parley: ParleyProcess): Promise<Elsewhere> {
    return new Elsewhere(await Deno.makeTempDir({ prefix: "parley-elsewhere-" }), parley);
  }

  /** Runs Deno's command on the program, in which \`ADDRESS\` stands for the server's. */
  async start(command: string[], program: string): Promise<ServerProcess> {
    const address = this.#parley.http().replace(/\/$/, "");
    const file = `${this.#folder}/program.ts`;
    await Deno.writeTextFile(file, program.replaceAll("ADDRESS", address));
    const host = new URL(address).host;
    return new ServerProcess("the program", Deno.execPath(), {
      args: [...command, `--allow-import=${host}`, file],
      cwd: this.#folder,
      env: { DENO_DIR: `${this.#folder}/cache`, NO_COLOR: "1" },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#folder, { recursive: true });
  }
}

Deno.test("a program elsewhere imports the client from a running server, and talks", async () => {
  await using parley = await ParleyProcess.start();
  await using ben = await ChatSocket.open(parley.ws("lobby"), V1);
  await using elsewhere = await Elsewhere.make(parley);
  const run = ["run", "--no-prompt", "--check", `--allow-net=127.0.0.1:${parley.port}`];
  await using program = await elsewhere.start(run, PROGRAM);
  const { message, name } = await ben.nextMessage();
  assertEquals([message, name], ["hello from elsewhere", "Ann"]);
  ben.send({ message: "hello back" });
  assertEquals(await program.exitCode(), 0);
  const [own, other, ...more] = program.stdout.all;
  assertEquals([own, more], ["Ann: hello from elsewhere", []]);
  assertMatch(other!, /^Guest \d+: hello back$/);
});

Deno.test("the types of the client come with it from a running server", async () => {
  await using parley = await ParleyProcess.start();
  await using elsewhere = await Elsewhere.make(parley);
  await using check = await elsewhere.start(["check"], MISUSE);
  assertEquals(await check.exitCode(), 0, check.stderr.toString());
});
