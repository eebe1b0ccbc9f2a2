// @ts-types="../support/std_assert.d.ts"
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { LatencyHistogram } from "./latency_histogram.ts";

Deno.test("quantiles are off by less than 1 %", () => {
  for (const scale of [0.1, 1, 37, 3_000]) {
    const histogram = new LatencyHistogram();
    for (let rank = 1; rank <= 1_000; rank++) histogram.add(rank * scale);
    for (const share of [0.001, 0.01, 0.5, 0.99, 1]) {
      const exact = share * 1_000 * scale;
      assertAlmostEquals(histogram.quantile(share), exact, exact / 100, `${share} of ${scale}`);
    }
  }
});

Deno.test("no times have no quantile", () => {
  assertEquals(new LatencyHistogram().quantile(0.5), NaN);
});
