import fc from "fast-check";
import { expect } from "vitest";
import { versionPath } from "../../http/support/modules.ts";
import { type ArtifactModel, expectNames, reached, type Real, versionsAbove } from "./artifact.ts";

type Step = (model: ArtifactModel, real: Real) => Promise<void>;

const versionNames = ["1.0.0", "1.1.0", "2.0.0-rc.1"];
const labelNames = ["edge", "stable"];

/** A command that is always possible; afterwards every name must still lead where the model says. */
class Command implements fc.AsyncCommand<ArtifactModel, Real> {
  readonly #text: string;
  readonly #step: Step;

  constructor(text: string, step: Step) {
    this.#text = text;
    this.#step = step;
  }

  check(): boolean {
    return true;
  }

  async run(model: ArtifactModel, real: Real): Promise<void> {
    await this.#step(model, real);
    await expectNames(model, real);
  }

  toString(): string {
    return this.#text;
  }
}

const put = (real: Real, reference: string, number: number) => {
  const { bytes, mediaType } = real.contents[number]!;
  return real.repository.putManifest(reference, bytes, mediaType);
};

/** Members first, so that an index can always be pushed. */
async function putMembers(real: Real, number: number): Promise<void> {
  for (const member of real.contents[number]?.members ?? []) {
    await putMembers(real, member);
    expect((await put(real, real.contents[member]?.digest ?? "", member)).status).toBe(201);
  }
}

const push = (name: string, number: number) =>
  new Command(`push ${number} as ${name}`, async (model, real) => {
    const { digest } = real.contents[number]!;
    await putMembers(real, number);
    const { status } = await put(real, name, number);
    const known = model.versions.get(name);
    if (labelNames.includes(name)) model.labels.set(name, digest);
    else if (!known) model.versions.set(name, { digest, gone: false });
    const refused = known && (known.gone || known.digest !== digest);
    expect(status).toBe(refused ? 409 : 201);
  });

const deleteTag = (name: string) =>
  new Command(`delete ${name}`, async (model, { repository }) => {
    const version = model.versions.get(name);
    const there = model.labels.delete(name) || version?.gone === false;
    if (version) version.gone = true;
    expect((await repository.send("DELETE", `manifests/${name}`)).status).toBe(there ? 202 : 404);
  });

const deleteDigest = (number: number) =>
  new Command(`delete ${number} by digest`, async (model, real) => {
    const { digest } = real.contents[number]!;
    const { status } = await real.repository.send("DELETE", `manifests/${digest}`);
    if (versionsAbove(model, real, digest).length > 0) return expect(status).toBe(405);
    expect([202, 404]).toContain(status);
    for (const version of model.versions.values()) if (version.digest === digest) version.gone = true;
    for (const [name, target] of model.labels) if (target === digest) model.labels.delete(name);
  });

const deprecate = (name: string, message: string | null) =>
  new Command(`${message === null ? "undeprecate" : "deprecate"} ${name}`, async (model, { repository }) => {
    const { api, as } = repository;
    const path = `${versionPath(repository, name)}/deprecation`;
    const { status } =
      message === null
        ? await api.send("DELETE", path, { as })
        : await api.send("PUT", path, { as, json: { message } });
    const version = model.versions.get(name);
    expect(status).toBe(version ? (version.gone ? 410 : 200) : 404);
  });

const deleteLayer = (number: number) =>
  new Command(`delete the layer of ${number}`, async (model, real) => {
    const { layer, digest } = real.contents[number]!;
    if (!layer) return;
    const { digest: blob } = await real.repository.pushBlob(layer);
    const { status } = await real.repository.send("DELETE", `blobs/${blob}`);
    const live = [...model.versions.values()]
      .filter((version) => !version.gone)
      .flatMap((version) => reached(real, version.digest));
    if (live.includes(digest)) expect(status).toBe(405);
    // Back again, so that the next push finds it.
    await real.repository.pushBlob(layer);
  });

/** Everything that a publisher can do to an artifact. */
export function publisherCommands(contents: number): fc.Arbitrary<fc.AsyncCommand<ArtifactModel, Real>>[] {
  const number = fc.nat(contents - 1);
  const version = fc.constantFrom(...versionNames);
  const name = fc.constantFrom(...versionNames, ...versionNames, ...labelNames);
  const pushes = fc.tuple(name, number).map(([tag, content]) => push(tag, content));
  return [
    pushes,
    pushes,
    name.map(deleteTag),
    number.map(deleteDigest),
    fc.tuple(version, fc.constantFrom("old", null)).map(([tag, message]) => deprecate(tag, message)),
    number.map(deleteLayer),
  ];
}
