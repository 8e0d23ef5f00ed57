import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Api, type Credential } from "../harness/api.ts";
import { OidcIssuer, type Minting } from "../harness/oidc-issuer.ts";
import { type RegistryProcess, spawnRegistry, testOperator } from "../harness/registry-process.ts";
import { type Person, signUp, unique } from "../http/support/people.ts";

/** Header by which the tests say where they call from. */
export const addressHeader = "X-Real-IP";
export const audience = "gati-registry";

export interface Published {
  readonly token: string;
  readonly expiresIn: number;
  readonly repositories: string[];
}

/** A registry that trusts a GitHub, a GitLab and another issuer, all of them servers of this test. */
export class TrustScene {
  readonly #process: RegistryProcess;
  readonly #data: string;
  readonly api: Api;
  readonly github: OidcIssuer;
  readonly gitlab: OidcIssuer;
  readonly other: OidcIssuer;

  private constructor(process: RegistryProcess, data: string, issuers: readonly [OidcIssuer, OidcIssuer, OidcIssuer]) {
    this.#process = process;
    this.#data = data;
    this.api = new Api(process.url);
    [this.github, this.gitlab, this.other] = issuers;
  }

  static async start(): Promise<TrustScene> {
    const issuers = await Promise.all([OidcIssuer.start(), OidcIssuer.start(), OidcIssuer.start()] as const);
    const [github, gitlab, other] = issuers;
    const data = await mkdtemp(join(tmpdir(), "gati-trust-"));
    const registry = await spawnRegistry({
      data,
      args: ["--empty", "--log", "json"],
      env: {
        GATI_ADMIN_HANDLE: testOperator.handle,
        GATI_ADMIN_PASSWORD: testOperator.password,
        GATI_OIDC_ISSUERS: `off github=${github.url} gitlab=${gitlab.url} ${other.url}`,
        GATI_ADDRESS_HEADER: addressHeader,
        GATI_LIMITS: "off",
      },
    });
    return new TrustScene(registry, data, issuers);
  }

  /** Everything that the registry has logged. */
  get log(): Record<string, unknown>[] {
    const lines = this.#process.output.filter((line) => line.startsWith("{"));
    return lines.map((line): Record<string, unknown> => JSON.parse(line));
  }

  async stop(): Promise<void> {
    await this.#process.stop();
    await Promise.all([this.github.stop(), this.gitlab.stop(), this.other.stop()]);
    await rm(this.#data, { recursive: true, force: true });
  }

  async person(): Promise<Person> {
    return signUp(this.api);
  }

  /** The events of somebody's own namespace, as its log has them. */
  async events(person: Person): Promise<Record<string, unknown>[]> {
    const { token } = await this.api.read<{ token: string }>("POST", "/api/v1/auth/sign-in", { json: testOperator });
    const as = { bearer: token };
    const { records } = await this.api.read<{ records: { id: string; handle: string }[] }>(
      "GET",
      "/api/v1/admin/export/records/namespaces",
      { as },
    );
    const id = records.find(({ handle }) => handle === person.handle)?.id;
    const log = await (await this.api.send("GET", `/api/v1/admin/export/logs/${id}`, { as })).text();
    return log
      .split("\n")
      .filter(Boolean)
      .map((line): Record<string, unknown> => JSON.parse(line));
  }

  exchange(token: string): Promise<Response> {
    return this.api.send("POST", "/api/v1/auth/oidc/exchange", { json: { token } });
  }

  async exchanged(token: string): Promise<Published & { as: Credential }> {
    const published = await this.api.read<Published>("POST", "/api/v1/auth/oidc/exchange", { json: { token } });
    return { ...published, as: { bearer: published.token } };
  }

  /** Adds a rule and returns its id. */
  async trust(as: Credential, repository: string, rule: object): Promise<string> {
    const path = `/api/v1/artifacts/${repository}/publishers`;
    return (await this.api.read<{ id: string }>("POST", path, { as, json: rule })).id;
  }
}

/** A repository at GitHub with a workflow that publishes. */
export class GithubProject {
  readonly owner = unique("Octo");
  readonly name = unique("repo");
  readonly ids = {
    repository_owner_id: String(Math.floor(Math.random() * 1e9)),
    repository_id: String(Math.floor(Math.random() * 1e9)),
  };

  get rule(): Record<string, string> {
    return { provider: "github", owner: this.owner, repository: this.name, workflow: "release.yml" };
  }

  claims(changes: Record<string, unknown> = {}): Record<string, unknown> {
    const repository = `${this.owner}/${this.name}`;
    return {
      aud: audience,
      sub: `repo:${repository}:ref:refs/heads/main`,
      repository,
      repository_owner: this.owner,
      ...this.ids,
      workflow_ref: `${repository}/.github/workflows/release.yml@refs/heads/main`,
      job_workflow_ref: `${repository}/.github/workflows/release.yml@refs/heads/main`,
      ref: "refs/heads/main",
      event_name: "push",
      run_id: "4242",
      sha: "1234567890123456789012345678901234567890",
      ...changes,
    };
  }

  token(scene: TrustScene, changes: Record<string, unknown> = {}, minting: Minting = {}): Promise<string> {
    return scene.github.token(this.claims(changes), minting);
  }
}
