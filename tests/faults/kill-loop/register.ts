/**
 * What may be seen of one thing that its only writer has written to. An answered write leaves one possibility; a write
 * that got no answer adds one, because it may have happened or not.
 */
export class Register<T> {
  #values: readonly T[];

  constructor(value: T) {
    this.#values = [value];
  }

  /** The write was answered. */
  set(value: T): void {
    this.#values = [value];
  }

  /** The write was not answered. */
  maySet(value: T): void {
    if (!this.allows(value)) this.#values = [...this.#values, value];
  }

  /** An answered write that only changes one of the possibilities. */
  replace(from: T, to: T): void {
    this.#values = [...new Set(this.#values.map((value) => (value === from ? to : value)))];
  }

  allows(seen: T): boolean {
    return this.#values.includes(seen);
  }

  /** True when nothing but `value` may be seen. */
  isCertainly(value: T): boolean {
    return this.#values.length === 1 && this.#values[0] === value;
  }

  get isCertain(): boolean {
    return this.#values.length === 1;
  }

  get values(): readonly T[] {
    return this.#values;
  }
}
