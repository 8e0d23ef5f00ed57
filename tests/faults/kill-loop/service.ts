/** Whether the server is meant to answer, as the loop that kills it knows and its clients notice. */
export class Service {
  #up = true;
  #waiting: (() => void)[] = [];

  get isUp(): boolean {
    return this.#up;
  }

  /** Called before the kill: a request that then fails has failed because of it. */
  goesDown(): void {
    this.#up = false;
  }

  isBack(): void {
    this.#up = true;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves as soon as the server is up. */
  back(): Promise<void> {
    return this.#up ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
