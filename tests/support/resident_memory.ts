/**
 * The resident memory (VmRSS) of the child process of ours that was given this port, in bytes. Other programs read
 * /proc for us: Deno lets no program do it that has not all permissions.
 */
export async function residentMemory(port: number): Promise<number> {
  const pid = await output("pgrep", "-n", "-P", `${Deno.pid}`, "-f", "--", `--port ${port}( |$)`);
  const status = await output("cat", `/proc/${pid.trim()}/status`);
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)![1]) * 1024;
}

async function output(program: string, ...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`Cannot run ${program} ${args.join(" ")}: it failed`);
  return new TextDecoder().decode(stdout);
}
