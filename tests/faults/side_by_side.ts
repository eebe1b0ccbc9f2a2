/** Rows of one test that have nothing in common and may take any time. */
export type Rows = Record<string, () => Promise<void>>;

const PARALLEL = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };

/** A test of rows that spend most of their time waiting: each has a cluster of its own, and all run side by side. */
export function sideBySide(name: string, rows: Rows): void {
  Deno.test(name, PARALLEL, async (test) => {
    const steps = Object.entries(rows);
    await Promise.all(steps.map(([name, fn]) => test.step({ name, fn, ...PARALLEL })));
  });
}
