/** What processes have used. */
export interface Usage {
  /** CPU seconds since their start, of all their threads and children. */
  cpu: number;
  /** The same of each process that was asked for with its children. */
  cpus: number[];
  /** Resident memory now, in bytes. */
  memory: number;
}

/** Clock ticks a second, as Linux shows them to programs on every architecture that Deno runs on. */
const TICKS = 100;

/** A line of /proc/<pid>/stat, as far as it matters. */
interface Process {
  pid: number;
  parent: number;
  cpu: number;
}

/**
 * What these processes and their children have used, or `undefined` where there is no /proc. Other programs read it for
 * us: Deno lets no program do it that has not all permissions.
 */
export async function usageOf(pids: readonly number[]): Promise<Usage | undefined> {
  if (Deno.build.os !== "linux") return;
  // processes end while they are listed
  const stats = await output("sh", "-c", "cat /proc/[0-9]*/stat 2>/dev/null || true");
  const processes = stats.trimEnd().split("\n").flatMap(parseStat);
  const families = pids.map((pid) => family(pid, processes));
  const cpus = families.map((members) => members.reduce((sum, { cpu }) => sum + cpu, 0));
  const files = families.flat().map(({ pid }) => `/proc/${pid}/status`);
  const status = await output("cat", ...files);
  const memory = [...status.matchAll(/^VmRSS:\s*(\d+) kB$/mg)].reduce(
    (sum, [, kilobytes]) => sum + Number(kilobytes) * 1024,
    0,
  );
  return { cpu: cpus.reduce((sum, cpu) => sum + cpu), cpus, memory };
}

/** The name in parentheses may hold anything, also what looks like a line of its own. */
function parseStat(line: string): Process[] {
  const pid = Number.parseInt(line);
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [parent, user, system] = [fields[1], fields[11], fields[12]].map(Number);
  if (!(pid > 0) || !Number.isInteger(parent) || !Number.isInteger(system)) return [];
  return [{ pid, parent: parent!, cpu: (user! + system!) / TICKS }];
}

/** The process, its children, and theirs. */
function family(pid: number, processes: readonly Process[]): Process[] {
  const members = processes.filter((process) => process.pid === pid);
  for (const { pid } of members) {
    members.push(...processes.filter(({ parent }) => parent === pid));
  }
  return members;
}

async function output(program: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(`Cannot run ${program}: ${new TextDecoder().decode(stderr)}`);
}
