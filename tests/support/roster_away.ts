import { LayerUnavailableError } from "../../server/layers/channel_layer.ts";
import { MemoryChannelLayer } from "../../server/layers/memory.ts";

/** A layer whose roster cannot be written while it is away, and that answers when it may. */
export class RosterAway extends MemoryChannelLayer {
  /** Whether it is away. */
  away = false;
  /** Resolves when it is asked the next time. */
  asked = Promise.withResolvers<void>();
  /** What each answer waits for. */
  answers: Promise<void> = Promise.resolve();

  /** An empty one, that is there and answers at once. */
  constructor() {
    super({ messages: 10, bytes: 0, ttl: 0, totalBytes: 0 });
  }

  override async rosterSet(...args: Parameters<MemoryChannelLayer["rosterSet"]>): Promise<boolean> {
    this.asked.resolve();
    if (this.away) throw new LayerUnavailableError("away");
    await this.answers;
    return await super.rosterSet(...args);
  }

  override async rosterDiscard(group: string, id: string): Promise<void> {
    await this.answers;
    await super.rosterDiscard(group, id);
  }
}
