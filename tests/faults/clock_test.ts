import { until } from "../support/until.ts";
import { Cluster } from "./cluster.ts";
import { FakeClock } from "./fake_clock.ts";
import { jumpClock } from "./faults.ts";

Deno.test("the system clock jumps an hour forth and back", async () => {
  using clock = FakeClock.install();
  await using cluster = await Cluster.start({ listeners: 3 });
  const all = () => cluster.chatters.every(({ parley }) => parley.members.size === 27);
  {
    using _load = cluster.load(100);
    await cluster.flowing();
    await jumpClock(clock, 2_500);
    await cluster.flowing();
    await until(all, "all members");
  }
  await cluster.verify();
});
