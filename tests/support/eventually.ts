import { INTERVAL, pause } from "./until.ts";
import { PATIENCE } from "./within.ts";

/**
 * Asks again and again until the answer is an accepted one: for a state that announces no change.
 *
 * @throws {Error} with the last answer, when the time is over
 */
export async function eventually<T>(
  ask: () => Promise<T>,
  accept: (answer: T) => boolean,
  milliseconds = PATIENCE,
): Promise<T> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (accept(answer)) return answer;
    if (Date.now() > end) {
      throw new Error(
        `Asked for ${milliseconds} ms in vain; the answer is still ${Deno.inspect(answer)}`,
      );
    }
    // An answer that needs no event would else keep all events away.
    await pause(INTERVAL);
  }
}
