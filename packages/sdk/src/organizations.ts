import type { NamespacePath, Repository } from "../../../core/identifiers.ts";
import type { OrgPolicy } from "../../../core/org-policies/policy.ts";
import type { OrgSso, OrgSsoSettings, ScimToken } from "./sso.ts";
import type { Transport } from "./transport.ts";
import type { Role } from "./types.ts";

export type { OrgPolicy } from "../../../core/org-policies/policy.ts";
export type TeamRole = "admin" | "write" | "read";

export interface Team {
  readonly name: string;
  readonly createdAt: string;
}

export interface TeamDetails extends Team {
  readonly members: readonly { readonly handle: string; readonly addedAt: string }[];
  /** `artifact` is null for the whole organisation. */
  readonly grants: readonly { readonly artifact: string | null; readonly role: TeamRole }[];
}

export interface Invitation {
  readonly id: string;
  readonly namespace: string;
  /** Whom it is for; null when an address is invited. */
  readonly handle: string | null;
  readonly email: string | null;
  /** Null: only into the teams. */
  readonly role: Role | null;
  readonly teams: readonly string[];
  readonly invitedBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface NewInvitation {
  /** Either a handle or an e-mail address. */
  readonly handle?: string | undefined;
  readonly email?: string | undefined;
  readonly role?: Role | undefined;
  readonly teams?: readonly string[] | undefined;
}

/** Content that waits until a second person releases it. */
export interface HeldContent {
  readonly repository: Repository;
  readonly digest: string;
  /** The version and labels that it gets then. */
  readonly tags: readonly string[];
  readonly reasons: readonly string[];
  readonly heldBy: string;
  readonly heldAt: string;
  /** Whether the caller pushed it, and so cannot settle it. */
  readonly own: boolean;
}

/** Teams, invitations, policies and approvals. Every call may throw `ApiError`. */
export class Organizations {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async teams(org: string): Promise<readonly (Team & { readonly members: number })[]> {
    const target = this.#team(org);
    return (await this.#transport.json<{ teams: (Team & { members: number })[] }>({ method: "GET", target })).teams;
  }

  team(org: string, name: string): Promise<TeamDetails> {
    return this.#transport.json({ method: "GET", target: this.#team(org, name) });
  }

  createTeam(org: string, name: string): Promise<Team> {
    return this.#transport.json({ method: "POST", target: this.#team(org), json: { name } });
  }

  renameTeam(org: string, name: string, to: string): Promise<Team> {
    return this.#transport.json({ method: "PATCH", target: this.#team(org, name), json: { name: to } });
  }

  async deleteTeam(org: string, name: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: this.#team(org, name) });
  }

  /** Puts somebody who belongs to the organisation into a team. */
  async addToTeam(org: string, name: string, handle: string): Promise<void> {
    await this.#transport.send({
      method: "PUT",
      target: `${this.#team(org, name)}/members/${encodeURIComponent(handle)}`,
    });
  }

  async removeFromTeam(org: string, name: string, handle: string): Promise<void> {
    const target = `${this.#team(org, name)}/members/${encodeURIComponent(handle)}`;
    await this.#transport.send({ method: "DELETE", target });
  }

  /** Sets what a team may do to an artifact, or to the whole organisation when none is named; null takes it away. */
  grant(org: string, name: string, role: TeamRole | null, artifact?: string): Promise<TeamDetails> {
    const json = { role, ...(artifact === undefined ? {} : { artifact }) };
    return this.#transport.json({ method: "PUT", target: `${this.#team(org, name)}/grants`, json });
  }

  invite(
    namespace: NamespacePath,
    invitation: NewInvitation,
  ): Promise<{ readonly id: string; readonly expiresAt: string }> {
    return this.#transport.json({
      method: "POST",
      target: `/api/v1/namespaces/${namespace}/invitations`,
      json: invitation,
    });
  }

  /** Open invitations of a namespace; without one the caller's own. */
  async invitations(namespace?: NamespacePath): Promise<readonly Invitation[]> {
    const target = namespace ? `/api/v1/namespaces/${namespace}/invitations` : "/api/v1/account/invitations";
    return (await this.#transport.json<{ invitations: Invitation[] }>({ method: "GET", target })).invitations;
  }

  async revokeInvitation(namespace: NamespacePath, id: string): Promise<void> {
    const target = `/api/v1/namespaces/${namespace}/invitations/${encodeURIComponent(id)}`;
    await this.#transport.send({ method: "DELETE", target });
  }

  /** Answers an invitation: one of the caller's by its id, or one that came by mail by its token. */
  answerInvitation(
    invitation: { readonly id: string } | { readonly token: string },
    accept: boolean,
  ): Promise<{ readonly namespace: string; readonly role: Role | null }> {
    const target = "/api/v1/account/invitations/answer";
    return this.#transport.json({ method: "POST", target, json: { ...invitation, accept } });
  }

  async policy(org: string): Promise<OrgPolicy> {
    return (await this.#transport.json<{ policy: OrgPolicy }>({ method: "GET", target: this.#policy(org) })).policy;
  }

  /** Sets what an organisation demands, as a whole. */
  async setPolicy(org: string, policy: OrgPolicy): Promise<OrgPolicy> {
    const target = this.#policy(org);
    return (await this.#transport.json<{ policy: OrgPolicy }>({ method: "PUT", target, json: policy })).policy;
  }

  async clearPolicy(org: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: this.#policy(org) });
  }

  /** The organisation's own sign-in, without its secret. */
  sso(org: string): Promise<OrgSso> {
    return this.#transport.json({ method: "GET", target: this.#sso(org) });
  }

  /** Sets the organisation's own sign-in as a whole; its provider is asked once. */
  setSso(org: string, settings: OrgSsoSettings): Promise<OrgSso> {
    return this.#transport.json({ method: "PUT", target: this.#sso(org), json: settings });
  }

  /** Takes it away, with the sessions that came through it and the directory; members stay. */
  async removeSso(org: string): Promise<void> {
    await this.#transport.send({ method: "DELETE", target: this.#sso(org) });
  }

  async scimTokens(org: string): Promise<readonly ScimToken[]> {
    const target = `${this.#sso(org)}/scim-tokens`;
    return (await this.#transport.json<{ tokens: ScimToken[] }>({ method: "GET", target })).tokens;
  }

  /** Makes a token for the organisation's directory; it is in this answer and nowhere else. */
  createScimToken(
    org: string,
    name: string,
  ): Promise<{ readonly id: string; readonly name: string; readonly token: string }> {
    return this.#transport.json({ method: "POST", target: `${this.#sso(org)}/scim-tokens`, json: { name } });
  }

  async revokeScimToken(org: string, id: string): Promise<void> {
    const target = `${this.#sso(org)}/scim-tokens/${encodeURIComponent(id)}`;
    await this.#transport.send({ method: "DELETE", target });
  }

  /** What waits to be released in a namespace, oldest first. */
  async *held(namespace: NamespacePath): AsyncGenerator<HeldContent> {
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
      const target = `/api/v1/namespaces/${namespace}/approvals${query}`;
      const page = await this.#transport.json<{ held: HeldContent[]; next: string | null }>({ method: "GET", target });
      yield* page.held;
      cursor = page.next;
    } while (cursor !== null);
  }

  /** Releases content that waits, or takes it out again. */
  settle(
    repository: Repository,
    digest: string,
    decision: "release" | "reject",
  ): Promise<{ readonly digest: string; readonly tags: readonly string[] }> {
    const target = `/api/v1/artifacts/${repository}/approvals/${digest}`;
    return this.#transport.json({ method: "POST", target, json: { decision } });
  }

  #team(org: string, name?: string): string {
    const teams = `/api/v1/orgs/${encodeURIComponent(org)}/teams`;
    return name === undefined ? teams : `${teams}/${encodeURIComponent(name)}`;
  }

  #sso(org: string): string {
    return `/api/v1/orgs/${encodeURIComponent(org)}/sso`;
  }

  #policy(org: string): string {
    return `/api/v1/orgs/${encodeURIComponent(org)}/policy`;
  }
}
