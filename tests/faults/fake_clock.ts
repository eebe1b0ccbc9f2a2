import { isFile } from "../support/program_path.ts";

/** Where Debian's packages put libfaketime, by architecture. */
const LIBRARIES = ["x86_64", "aarch64"].map((architecture) =>
  `/usr/lib/${architecture}-linux-gnu/faketime/libfaketime.so.1`
);

/**
 * A wall clock that can be set, for all processes that are started while it stands: libfaketime is loaded into each.
 * Their monotonic clocks run on, as the kernel's do when a system's time is set.
 */
export class FakeClock implements Disposable {
  readonly #file: string;
  readonly #before = new Map<string, string | undefined>();

  private constructor(library: string, file: string) {
    this.#file = file;
    const variables = {
      // redis-server's jemalloc asks for the time while libfaketime starts; libc's own malloc does not
      LD_PRELOAD: `${library}:libc.so.6`,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    for (const [name, value] of Object.entries(variables)) {
      this.#before.set(name, Deno.env.get(name));
      Deno.env.set(name, value);
    }
  }

  /** From here on started processes have this clock, which is right at first. */
  static install(): FakeClock {
    const library = LIBRARIES.find(isFile);
    if (library === undefined) throw new Error("Cannot set a clock: libfaketime is not installed");
    const file = Deno.makeTempFileSync({ prefix: "parley-clock-" });
    Deno.writeTextFileSync(file, "+0");
    return new FakeClock(library, file);
  }

  /** Sets the clock so many seconds ahead of the right time, or behind it. */
  set(seconds: number): void {
    // a process may read it at any time, and must never find half of it
    const next = `${this.#file}.next`;
    Deno.writeTextFileSync(next, `${seconds < 0 ? "-" : "+"}${Math.abs(seconds)}`);
    Deno.renameSync(next, this.#file);
  }

  [Symbol.dispose](): void {
    for (const [name, value] of this.#before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    Deno.removeSync(this.#file);
  }
}
