import { createClient } from "redis";
import { eventually } from "./eventually.ts";
import { freePort } from "./free_port.ts";
import { ServerProcess } from "./server_process.ts";

/** How to start a {@linkcode RedisServer}. */
export interface RedisServerOptions {
  /** More arguments of redis-server, as in `["--requirepass", "secret"]`. */
  args?: string[];
  /** The password that `args` asks for; it becomes a part of `url`. */
  password?: string;
  /** Speak TLS only, under a certificate made for this server; see `certificate`. */
  tls?: boolean;
}

/** A real Redis server of the test's own, on a free port of 127.0.0.1, with its data in a temporary folder. */
export class RedisServer implements AsyncDisposable {
  readonly port = freePort();
  /** What a client connects to, with the password if there is one and without a database number. */
  readonly url: string;
  #options: RedisServerOptions;
  #folder: string;
  #process: ServerProcess | undefined;

  private constructor(options: RedisServerOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    const credentials = options.password ? `:${encodeURIComponent(options.password)}@` : "";
    this.url = `${options.tls ? "rediss" : "redis"}://${credentials}127.0.0.1:${this.port}`;
  }

  /** Starts a server; it answers commands when this resolves. */
  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = await RedisServer.prepare(options);
    try {
      await server.restart();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return server;
  }

  /** A server that is still down: its address is known, `restart` brings it up. */
  static async prepare(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(options, await Deno.makeTempDir({ prefix: "parley-redis-" }));
    if (options.tls) await server.#makeCertificate();
    return server;
  }

  /** The file of the certificate that a client has to trust, when the server speaks TLS. */
  get certificate(): string {
    return `${this.#folder}/certificate.pem`;
  }

  /** The number that the system gave the process that runs now. */
  get pid(): number {
    return this.#process!.pid;
  }

  /** Starts the server on the same port, with the data that the last run wrote to disk. */
  async restart(): Promise<void> {
    await this.kill();
    const process = new ServerProcess("redis-server", "redis-server", {
      args: [...this.#args(), ...this.#options.args ?? []],
    });
    this.#process = process;
    await process.started(process.stdout.waitFor(/Ready to accept connections/));
    await this.command("PING");
  }

  /** Kills the server at once; what is not yet on disk is lost. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Lets the server write its data to disk, then ends it. */
  async stop(): Promise<void> {
    await this.command("SAVE");
    await this.kill();
  }

  /** Stops the server's work without closing a connection, as a dead link would look; `resume` goes on. */
  freeze(): void {
    this.#process?.signal("SIGSTOP");
  }

  /** Ends what `freeze` began. */
  resume(): void {
    this.#process?.signal("SIGCONT");
  }

  /**
   * The answer to one command, over a connection of its own.
   *
   * @throws {Error} when Redis answers with an error
   */
  async command(...words: string[]): Promise<unknown> {
    const client = createClient({ url: this.url, RESP: 2, socket: await this.#socket() });
    client.on("error", () => {});
    await client.connect();
    try {
      return await client.sendCommand(words);
    } finally {
      await client.close();
    }
  }

  /** Resolves when Redis answers what `expected` accepts; it is asked again and again until then. */
  async waitFor(words: string[], expected: (reply: unknown) => boolean): Promise<void> {
    await eventually(() => this.command(...words), expected);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #socket() {
    const { port } = this;
    const ca = this.#options.tls
      ? { tls: true as const, ca: await Deno.readTextFile(this.certificate) }
      : {};
    return { host: "127.0.0.1", port, reconnectStrategy: false as const, ...ca };
  }

  #args(): string[] {
    const port = `${this.port}`;
    const common = ["--bind", "127.0.0.1", "--dir", this.#folder, "--save", ""];
    const { password, tls } = this.#options;
    if (password) common.push("--requirepass", password);
    if (!tls) return [...common, "--port", port];
    const key = `${this.#folder}/key.pem`;
    return [
      ...common,
      ...["--port", "0", "--tls-port", port, "--tls-auth-clients", "no"],
      ...["--tls-cert-file", this.certificate, "--tls-key-file", key],
      ...["--tls-ca-cert-file", this.certificate],
    ];
  }

  async #makeCertificate(): Promise<void> {
    const { success, stderr } = await new Deno.Command("openssl", {
      args: [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
        ...["-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
        ...["-addext", "basicConstraints=critical,CA:FALSE"],
        ...["-keyout", `${this.#folder}/key.pem`, "-out", this.certificate],
      ],
    }).output();
    if (!success) throw new Error(`Cannot make a certificate: ${new TextDecoder().decode(stderr)}`);
  }
}
