import { beforeAll, describe, expect, it } from "vitest";
import { shared } from "../support/api.ts";
import { expectProblem } from "../support/errors.ts";
import { makeOrganization, type Person, signUp, unique } from "../support/people.ts";
import { digestOf, randomContent, Repository, streamed } from "../support/repository.ts";

let owner: Person;
beforeAll(async () => {
  owner = await signUp(shared);
});

const post = (
  path: string,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  headers: Record<string, string>,
  as = owner.session,
) =>
  shared.send("POST", `/v1/artifacts/${path}`, {
    as,
    body,
    headers: { "Content-Type": "application/octet-stream", ...headers },
  });

describe("POST /v1/artifacts/<namespace>/<name>/<version>", () => {
  it("publishes the body as a version, and every other form of the API has it", async () => {
    const content = randomContent(3000);
    const name = unique("seed");
    const response = await post(`${owner.handle}/${name}/1.0.0`, content, { "X-Artifact-Digest": digestOf(content) });
    expect(response.status).toBe(202);
    expect(await response.json()).toEqual({
      uploadId: expect.any(String),
      status: "completed",
      location: `/v1/artifacts/${owner.handle}/${name}/1.0.0`,
    });
    const metadata = await shared.read("GET", `/v1/artifacts/${owner.handle}/${name}/1.0.0/metadata`);
    expect(metadata).toEqual(
      await shared.read("GET", `/api/v1/artifacts/users/${owner.handle}/${name}/versions/1.0.0`),
    );
    expect(metadata).toMatchObject({ type: "module-binary", layers: [{ digest: digestOf(content), size: 3000 }] });
    const download = await shared.send("GET", `/api/modules/@${owner.handle}/${name}/1.0.0/download`);
    expect(digestOf(new Uint8Array(await download.arrayBuffer()))).toBe(digestOf(content));
    expect(await new Repository(shared, `users/${owner.handle}/${name}`, undefined).tags()).toEqual([
      "1.0.0",
      "latest",
    ]);
  });

  it("in an organisation needs no kind", async () => {
    const organization = await makeOrganization(shared, owner);
    const content = randomContent(10);
    expect(
      (await post(`${organization}/thing/1.0.0`, content, { "X-Artifact-Digest": digestOf(content) })).status,
    ).toBe(202);
    expect(await shared.read("GET", `/v1/artifacts/${organization}/thing/1.0.0/metadata`)).toMatchObject({
      namespace: `orgs/${organization}`,
    });
  });

  it("the same body again is fine, another one is 409", async () => {
    const content = randomContent(10);
    const path = `${owner.handle}/${unique("seed")}/1.0.0`;
    for (let i = 0; i < 2; i++)
      expect((await post(path, content, { "X-Artifact-Digest": digestOf(content) })).status).toBe(202);
    const other = randomContent(10);
    await expectProblem(await post(path, other, { "X-Artifact-Digest": digestOf(other) }), 409, "version_exists");
  });

  it("keeps X-Signature as a referrer of the version", async () => {
    const content = randomContent(10);
    const name = unique("seed");
    const signature = Buffer.from("signed").toString("base64");
    await post(`${owner.handle}/${name}/1.0.0`, content, {
      "X-Artifact-Digest": digestOf(content),
      "X-Signature": signature,
    });
    const repository = new Repository(shared, `users/${owner.handle}/${name}`, undefined);
    const { digest } = await shared.read<{ digest: string }>(
      "GET",
      `/v1/artifacts/${owner.handle}/${name}/1.0.0/metadata`,
    );
    const referrers = (await (await repository.send("GET", `referrers/${digest}`)).json()) as {
      manifests: { digest: string }[];
    };
    const [referrer] = referrers.manifests as [{ digest: string }];
    const manifest = (await (await repository.send("GET", `manifests/${referrer.digest}`)).json()) as {
      layers: [{ digest: string }];
    };
    expect(await (await repository.send("GET", `blobs/${manifest.layers[0].digest}`)).text()).toBe(signature);
  });

  it.each<[string, Record<string, string>, number, string]>([
    ["no digest", {}, 400, "digest_invalid"],
    ["a digest that the body does not have", { "X-Artifact-Digest": digestOf("other") }, 400, "digest_invalid"],
    [
      "a signature that is no base64",
      { "X-Artifact-Digest": digestOf("x"), "X-Signature": "<script>" },
      400,
      "invalid_request",
    ],
  ])("with %s is refused, and nothing is published", async (_, headers, status, code) => {
    const name = unique("seed");
    await expectProblem(await post(`${owner.handle}/${name}/1.0.0`, randomContent(10), headers), status, code);
    await expectProblem(
      await shared.send("GET", `/v1/artifacts/${owner.handle}/${name}/1.0.0/metadata`),
      404,
      "name_unknown",
    );
  });

  it("without a length, under a bad version or for somebody else is refused", async () => {
    const content = randomContent(10);
    const headers = { "X-Artifact-Digest": digestOf(content) };
    await expectProblem(await post(`${owner.handle}/thing/1.0.0`, streamed(content), headers), 400, "size_invalid");
    await expectProblem(await post(`${owner.handle}/thing/latest`, content, headers), 400, "version_invalid");
    await expectProblem(await post(`${owner.handle}/Bad%20Name/1.0.0`, content, headers), 400, "name_invalid");
    const stranger = await signUp(shared);
    await expectProblem(await post(`${owner.handle}/thing/1.0.0`, content, headers, stranger.session), 403, "denied");
    await expectProblem(await post(`${unique("nobody")}/thing/1.0.0`, content, headers), 404, "name_unknown");
  });
});

describe("GET /api/modules/<scope>/<name>", () => {
  it("takes the scope with and without @, and lists versions", async () => {
    const content = randomContent(10);
    const name = unique("seed");
    await post(`${owner.handle}/${name}/1.0.0`, content, { "X-Artifact-Digest": digestOf(content) });
    for (const scope of [owner.handle, `@${owner.handle}`]) {
      expect(await shared.read("GET", `/api/modules/${scope}/${name}`)).toMatchObject({ name, latest: "1.0.0" });
      expect(await shared.read("GET", `/api/modules/${scope}/${name}/versions`)).toMatchObject({
        versions: [{ version: "1.0.0" }],
      });
    }
    await expectProblem(
      await shared.send("GET", `/api/modules/@${owner.handle}/${name}/9.9.9/download`),
      404,
      "version_unknown",
    );
    await expectProblem(await shared.send("GET", `/api/modules/@${owner.handle}/nothing-here`), 404, "name_unknown");
  });
});
