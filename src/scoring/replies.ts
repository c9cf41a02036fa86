/** Replies leave in the order of their questions, while later ones are already being computed; a bounded number is under way. */
const ignore = (): void => {};

export class Replies<Reply> {
  readonly #width: number;
  readonly #send: (reply: Reply) => Promise<void>;
  readonly #computing = new Set<Promise<unknown>>();
  readonly #leaving: Promise<void>[] = [];
  readonly #failed: Promise<never>;
  #fail: (reason: unknown) => void = ignore;
  #last: Promise<void> = Promise.resolve();

  /** @param width replies under way at once. */
  constructor(width: number, send: (reply: Reply) => Promise<void>) {
    this.#width = width;
    this.#send = send;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.#failed.catch(ignore);
  }

  /** Sends the reply after all that were added before it. Waits while too many are under way. @throws what an earlier reply failed with. */
  async add(reply: Promise<Reply>): Promise<void> {
    const computed: Promise<unknown> = reply.catch(ignore).finally(() => this.#computing.delete(computed));
    this.#computing.add(computed);
    this.#last = this.#last.then(async () => this.#send(await reply));
    this.#last.catch((reason: unknown) => this.#fail(reason));
    this.#leaving.push(this.#last);
    if (this.#leaving.length >= this.#width) await this.#leaving.shift();
  }

  /** The outcome of `work`, or the failure of a reply if that comes first. */
  watch<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failed]);
  }

  /** Resolves when everything is sent. @throws the first failure. */
  sent(): Promise<void> {
    return this.#last;
  }

  /** Resolves when nothing is being computed or sent any more, however it ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#computing);
    await this.#last.catch(ignore);
  }
}
