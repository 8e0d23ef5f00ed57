import { expect, it } from "vitest";
import { newDataFolder, startForTest } from "./data-folder.ts";

it("behind a proxy that ends TLS, clients are sent to the address that they know", async () => {
  const env = { GATI_PUBLIC_URL: "https://registry.example/" };
  const { url } = await startForTest({ data: await newDataFolder(), args: [], env });
  const challenge = (await fetch(`${url}/v2/`)).headers.get("www-authenticate");
  expect(challenge).toContain('realm="https://registry.example/v2/token"');
  const { artifacts } = (await (await fetch(`${url}/api/v1/artifacts`)).json()) as {
    artifacts: { repository: string; latest: string }[];
  };
  const [sample] = artifacts;
  const version = await fetch(`${url}/api/v1/artifacts/${sample?.repository}/versions/${sample?.latest}`);
  expect(await version.json()).toMatchObject({
    reference: `registry.example/${sample?.repository}:${sample?.latest}`,
    layers: [{ url: expect.stringMatching(/^https:\/\/registry\.example\/v2\//) }],
  });
  expect(await (await fetch(`${url}/${sample?.repository}`)).text()).toContain("registry.example/");
});
