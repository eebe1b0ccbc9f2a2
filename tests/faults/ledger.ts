/** What a {@linkcode Ledger} found; all but the first six are 0 when everybody saw what was promised. */
export interface Verdict {
  /** Messages that were said. */
  said: number;
  /** Those that their sender heard back. */
  acknowledged: number;
  /** Clients that were watched. */
  clients: number;
  /** Messages that the clients showed, all together. */
  shown: number;
  /** Gaps that clients were told of. */
  gaps: number;
  /** Acknowledged messages that a client has not shown, but was told of a gap at that place. */
  told: number;
  /** Acknowledged messages that a client ought to have shown and has not, without being told. */
  lost: number;
  /** Messages that a client showed a second time. */
  doubled: number;
  /** Messages that a client showed after a later one, or at another place of the log than others did. */
  disordered: number;
  /** Places at which a client missed something and was told of no gap. */
  silentGaps: number;
  /** Messages that were shown though nobody had said them. */
  invented: number;
  /** Messages that their sender neither heard back nor was refused for good. */
  unanswered: number;
}

/** The counts of a {@linkcode Verdict} that must be 0. */
export const WRONGS = [
  "lost",
  "doubled",
  "disordered",
  "silentGaps",
  "invented",
  "unanswered",
] as const satisfies readonly (keyof Verdict)[];

/** A place in the succession of logs: which log, and the number in it. */
interface Place {
  readonly log: number;
  readonly seq: number;
}

/** What a view has not shown, between two places that it has, or after the last one. */
interface Hole {
  readonly after: Place;
  readonly before: Place;
  readonly told: boolean;
}

/** How many complaints are kept in words; all are counted. */
const MOST_COMPLAINTS = 20;

/**
 * Judges a chat: it is told what was said, what was acknowledged, and what each client showed, and says what is wrong
 * with that. It holds a few bytes for each message and client, so that it can follow a chat for hours.
 */
export class Ledger {
  /** The first complaints, in words. */
  readonly complaints: string[] = [];
  readonly #counts = { gaps: 0, shown: 0, doubled: 0, disordered: 0, silentGaps: 0, invented: 0 };
  readonly #ids = new Map<string, number>();
  readonly #texts: string[] = [];
  /** Where each acknowledged message has its place, by id. */
  readonly #acknowledged = new Map<number, Place>();
  readonly #withdrawn = new Set<number>();
  readonly #invented = new Set<string>();
  /** The logs by epoch, in the order in which they were first heard of. */
  readonly #logs = new Map<string, number>();
  /** What stands at each number of each log. */
  readonly #contents: Map<number, number>[] = [];
  readonly #views: View[] = [];
  #last: Place = { log: 0, seq: 0 };

  /** Notes that a message is being said; each text must be said by one client only, and once. */
  say(text: string): void {
    if (this.#ids.has(text)) throw new Error(`Cannot say "${text}" a second time`);
    this.#id(text);
  }

  /** Notes that the message was refused for good, so that no answer is due. */
  withdraw(text: string): void {
    this.#withdrawn.add(this.#id(text));
  }

  /** A new client. */
  view(name: string): View {
    const view = new View(this, name);
    this.#views.push(view);
    return view;
  }

  /** The last place at which any client has shown something. */
  get last(): Place {
    return this.#last;
  }

  /** How many messages were acknowledged. */
  get acknowledgements(): number {
    return this.#acknowledged.size;
  }

  /** All that was shown, in the order of the logs. */
  get order(): string[] {
    return this.#contents.flatMap((contents) =>
      [...contents].sort(([a], [b]) => a - b).map(([, id]) => this.#texts[id]!)
    );
  }

  /** Judges what has been noted so far; every client that has not left ought to have everything by then. */
  judge(): Verdict {
    let told = 0;
    let lost = 0;
    for (const view of this.#views) {
      for (const [id, place] of this.#acknowledged) {
        const fate = view.fateOf(id, place);
        if (fate === "told") told++;
        if (fate !== "lost") continue;
        lost++;
        this.complain(`${view.name} lost "${this.#texts[id]}" at ${show(place)}`);
      }
    }
    const unanswered = this.#texts.filter((text, id) =>
      !this.#acknowledged.has(id) && !this.#withdrawn.has(id) && !this.#invented.has(text)
    );
    for (const text of unanswered) this.complain(`"${text}" was never answered`);
    return {
      said: this.#texts.length - this.#invented.size,
      acknowledged: this.#acknowledged.size,
      clients: this.#views.length,
      ...this.#counts,
      told,
      lost,
      unanswered: unanswered.length,
    };
  }

  /** @internal */
  complain(complaint: string): void {
    if (this.complaints.length < MOST_COMPLAINTS) this.complaints.push(complaint);
  }

  /** @internal */
  count(what: "gaps" | "shown" | "doubled" | "disordered" | "silentGaps"): void {
    this.#counts[what]++;
  }

  /** @internal The place of a number in the succession of logs. */
  place(epoch: string, seq: number): Place {
    let log = this.#logs.get(epoch);
    if (log === undefined) {
      this.#logs.set(epoch, log = this.#logs.size);
      this.#contents.push(new Map());
    }
    return { log, seq };
  }

  /** @internal Notes that a message was shown at a place. */
  showAt(name: string, text: string, place: Place): number {
    if (!this.#ids.has(text)) {
      this.#invented.add(text);
      this.#counts.invented++;
      this.complain(`${name} showed "${text.slice(0, 80)}", which nobody said`);
    }
    const id = this.#id(text);
    const contents = this.#contents[place.log]!;
    const known = contents.get(place.seq);
    if (known === undefined) contents.set(place.seq, id);
    else if (known !== id) {
      this.#counts.disordered++;
      const other = this.#texts[known];
      this.complain(`${name} showed "${text}" at ${show(place)}, where others have "${other}"`);
    }
    if (isLater(place, this.#last)) this.#last = place;
    return id;
  }

  /** @internal */
  acknowledge(id: number, place: Place): void {
    this.#acknowledged.set(id, place);
  }

  #id(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      this.#ids.set(text, id = this.#texts.length);
      this.#texts.push(text);
    }
    return id;
  }
}

/** What one client showed. */
export class View {
  readonly name: string;
  readonly #ledger: Ledger;
  readonly #holes: Hole[] = [];
  #seen = new Uint8Array(1024);
  #first: Place | undefined;
  #at: Place | undefined;
  #left = false;

  /** Made by {@linkcode Ledger.view}. */
  constructor(ledger: Ledger, name: string) {
    this.#ledger = ledger;
    this.name = name;
  }

  /** The last place that was shown. */
  get at(): Place | undefined {
    return this.#at;
  }

  /** Whether it has shown all that any client has, or was told that it will not. */
  get isLast(): boolean {
    return this.#at !== undefined && !isLater(this.#ledger.last, this.#at);
  }

  /** The client was let in, and stands behind this number; only the first time counts. */
  welcome(epoch: string, seq: number): void {
    const place = this.#ledger.place(epoch, seq);
    this.#first ??= this.#at ??= place;
  }

  /** The client showed a message; `own`: it is the one that said it, so that this is the acknowledgement. */
  show(text: string, epoch: string, seq: number, own = false): void {
    const place = this.#ledger.place(epoch, seq);
    this.welcome(epoch, seq - 1);
    this.#ledger.count("shown");
    const id = this.#ledger.showAt(this.name, text, place);
    if (own) this.#ledger.acknowledge(id, place);
    if (this.#hasSeen(id)) return this.#complain("doubled", text, place);
    this.#mark(id);
    const at = this.#at!;
    if (!isLater(place, at)) {
      // the answer to what we said ourselves comes late, when the message lay in a gap that we were told of
      if (own && this.#holeOf(place)?.told) return;
      return this.#complain("disordered", text, place);
    }
    this.#moveTo(place, text);
  }

  /** The client was sent a message once more, in a new log, and did not show it again. */
  repeat(text: string, epoch: string, seq: number): void {
    const place = this.#ledger.place(epoch, seq);
    const id = this.#ledger.showAt(this.name, text, place);
    if (!this.#hasSeen(id)) return this.#complain("disordered", text, place);
    this.#moveTo(place, text);
  }

  /** The client was told that what it has not shown up to this number will not come. */
  gap(epoch: string, seq: number): void {
    this.#ledger.count("gaps");
    const place = this.#ledger.place(epoch, seq);
    const at = this.#at;
    if (at === undefined || !isLater(place, at)) return;
    const before = { ...place, seq: seq + 1 };
    this.#holes.push({ after: at, before, told: true });
    this.#at = place;
  }

  /** The client has left for good: it need not show what comes from here on. */
  leave(): void {
    this.#left = true;
  }

  #hasSeen(id: number): boolean {
    return this.#seen[id] === 1;
  }

  /** @internal What became of an acknowledged message here. */
  fateOf(id: number, place: Place): "shown" | "told" | "lost" | "not due" {
    if (this.#hasSeen(id)) return "shown";
    if (this.#first !== undefined && !isLater(place, this.#first)) return "not due";
    if (this.#at === undefined || isLater(place, this.#at)) {
      if (this.#left) return "not due";
      return "lost";
    }
    return this.#holeOf(place)?.told ? "told" : "lost";
  }

  #holeOf(place: Place): Hole | undefined {
    return this.#holes.find(({ after, before }) => isLater(place, after) && isLater(before, place));
  }

  /** Goes on behind what was shown last, or notes that something between was not. */
  #moveTo(place: Place, text: string): void {
    const at = this.#at!;
    this.#at = place;
    if (place.log === at.log && place.seq === at.seq + 1) return;
    this.#holes.push({ after: at, before: place, told: false });
    this.#complain("silentGaps", text, place);
  }

  #mark(id: number): void {
    if (id >= this.#seen.length) {
      const larger = new Uint8Array(Math.max(id + 1, this.#seen.length * 2));
      larger.set(this.#seen);
      this.#seen = larger;
    }
    this.#seen[id] = 1;
  }

  #complain(what: "doubled" | "disordered" | "silentGaps", text: string, place: Place): void {
    this.#ledger.count(what);
    const at = this.#at === undefined ? "" : `, standing at ${show(this.#at)}`;
    this.#ledger.complain(`${this.name}: ${what}: "${text}" at ${show(place)}${at}`);
  }
}

function isLater(a: Place, b: Place): boolean {
  return a.log > b.log || (a.log === b.log && a.seq > b.seq);
}

function show({ log, seq }: Place): string {
  return `${log}:${seq}`;
}
