import type { Cluster } from "./cluster.ts";

/** Whether all clients know exactly these members. */
export function agreed({ chatters }: Cluster, more = 0): boolean {
  const ids = chatters.map(({ parley }) => parley.you!.id);
  return chatters.every(({ parley }) =>
    parley.count === ids.length + more && parley.members.size === ids.length + more &&
    ids.every((id) => parley.members.has(id))
  );
}

/** What the clients think who is there, for an error. */
export function roster({ chatters }: Cluster): string {
  const names = chatters.map(({ parley }) =>
    `${parley.count}: ${[...parley.members.values()].map(({ name }) => name).join()}`
  );
  return `the right roster; there are ${[...new Set(names)].join("\n")}`;
}
