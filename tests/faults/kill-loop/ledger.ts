/** What a run has seen, for its summary. */
export class Ledger {
  readonly findings: string[] = [];
  /** How many requests each kill left without an answer, by what they were. */
  readonly lostByStep = new Map<string, number>();
  readonly answeredByStep = new Map<string, number>();
  rounds = 0;
  /** Acknowledged writes that were found again after a restart. */
  checked = 0;
  /** Objects that crashes left behind and that the consistency check gave to the collector. */
  orphans = 0;

  finding(text: string): void {
    this.findings.push(`round ${this.rounds}: ${text}`);
  }

  lost(step: string): void {
    count(this.lostByStep, step);
  }

  answered(step: string): void {
    count(this.answeredByStep, step);
  }

  /** One line: rounds, unanswered requests by step, what was checked, what was found. */
  summary(): string {
    const lost = [...this.lostByStep].toSorted(([, a], [, b]) => b - a);
    const total = lost.reduce((sum, [, times]) => sum + times, 0);
    const answered = [...this.answeredByStep.values()].reduce((sum, times) => sum + times, 0);
    return [
      `${this.rounds} rounds`,
      `${total} requests cut off (${lost.map(([step, times]) => `${step} ${times}`).join(", ")})`,
      `${answered} answered`,
      `${this.checked} acknowledged writes checked`,
      `${this.orphans} objects left behind and collected`,
      `${this.findings.length} findings`,
    ].join("; ");
  }
}

function count(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}
