import type { readAccount } from "../domains/accounts/index.ts";
import type { ownApiKeys, ownSessions } from "../domains/auth/index.ts";
import type { OwnIdentity } from "../domains/sign-in/index.ts";
import { Done, Fault, Field, Form, type FormProps } from "./forms.tsx";
import { formatAgent, formatAgo, formatDay } from "./format.ts";
import { Layout, type Visitor } from "./layout.tsx";
import { type ProviderChoice, providerAddress } from "./sign-in.tsx";

export interface AccountProps extends FormProps {
  readonly visitor: Visitor;
  readonly account: Awaited<ReturnType<typeof readAccount>>;
  readonly sessions: Awaited<ReturnType<typeof ownSessions>>;
  readonly keys: Awaited<ReturnType<typeof ownApiKeys>>;
  readonly identities: readonly OwnIdentity[];
  /** Providers that are not linked yet. */
  readonly providers: readonly ProviderChoice[];
  readonly now: number;
  readonly done?: string | undefined;
}

function Action({
  action,
  token,
  hidden,
  label,
}: {
  action: string;
  token: string;
  hidden?: Record<string, string>;
  label: string;
}) {
  return (
    <Form action={action} token={token} {...(hidden ? { hidden } : {})} plain>
      <button type="submit" class="quiet small">
        {label}
      </button>
    </Form>
  );
}

/** Tells password managers whose password it is. */
function OwnHandle({ handle }: { handle: string }) {
  return <input type="text" name="username" autocomplete="username" value={handle} readonly hidden />;
}

function Identities({ identities, providers, token }: Pick<AccountProps, "identities" | "providers" | "token">) {
  return (
    <>
      <h2>Ways to sign in</h2>
      <ul class="rows">
        {identities.map(({ issuer, subject, provider, name, linkedAt }) => (
          <li>
            <div>
              <strong>{provider ?? issuer}</strong> {name ? <>as {name}</> : null}
              <p class="meta">
                linked {formatDay(linkedAt.toISOString())}
                {provider ? null : " · the operator has removed this provider, nobody can sign in with it now"}
              </p>
            </div>
            <Action action="/account/identities/unlink" token={token} hidden={{ issuer, subject }} label="Unlink" />
          </li>
        ))}
        {providers.map(({ id, name }) => (
          <li>
            <div>
              {name} <p class="meta">not linked</p>
            </div>
            <a class="button quiet small" href={providerAddress(id, "/account", token, true)} rel="nofollow">
              Link {name}
            </a>
          </li>
        ))}
      </ul>
      {identities.length + providers.length === 0 ? (
        <p class="meta">This registry has no sign-in providers: you use your password, or a passkey.</p>
      ) : null}
    </>
  );
}

function Sessions({ sessions, token, now }: Pick<AccountProps, "sessions" | "token" | "now">) {
  return (
    <>
      <h2>Sessions</h2>
      <ul class="rows">
        {sessions.map(({ id, agent, address, lastUsedAt, current }) => (
          <li>
            <div>
              <strong {...(agent ? { title: agent } : {})}>{formatAgent(agent)}</strong>{" "}
              {current ? <span class="badge accent">this browser</span> : null}
              <p class="meta">
                used {formatAgo(now - lastUsedAt.getTime())}
                {address ? ` from ${address}` : ""}
              </p>
            </div>
            {current ? null : <Action action="/account/sessions/end" token={token} hidden={{ id }} label="End" />}
          </li>
        ))}
      </ul>
      {sessions.length > 1 ? (
        <Action action="/account/sessions/end-others" token={token} label="End all other sessions" />
      ) : null}
    </>
  );
}

function Keys({ keys, token, now }: Pick<AccountProps, "keys" | "token" | "now">) {
  return (
    <>
      <h2>API keys</h2>
      {keys.length === 0 ? (
        <p class="empty">
          None. Each <code>gati login</code> makes one; so does <code>gati token create</code>.
        </p>
      ) : (
        <ul class="rows">
          {keys.map(({ id, name, scopes, lastUsedAt, expiresAt, reach, networks }) => (
            <li>
              <div>
                <strong>{name}</strong>{" "}
                {scopes.map((scope) => (
                  <>
                    <span class="badge">{scope}</span>{" "}
                  </>
                ))}
                <p class="meta">
                  {lastUsedAt ? `used ${formatAgo(now - lastUsedAt.getTime())}` : "never used"}
                  {expiresAt ? ` · ends ${formatDay(expiresAt.toISOString())}` : ""}
                  {reach ? ` · only ${reach.join(", ")}` : ""}
                  {networks ? ` · only from ${networks.join(", ")}` : ""}
                </p>
              </div>
              <Action action="/account/keys/revoke" token={token} hidden={{ id }} label="Revoke" />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Email({ account, token }: Pick<AccountProps, "account" | "token">) {
  const { email, emailConfirmedAt } = account;
  return (
    <>
      <h2>E-mail</h2>
      <p>
        {email === null ? (
          "No address. Without one nobody can help you when you lose your password."
        ) : (
          <>
            {email}{" "}
            {emailConfirmedAt === null ? (
              <span class="badge warn">not confirmed</span>
            ) : (
              <span class="badge accent">confirmed</span>
            )}
          </>
        )}
      </p>
      <details>
        <summary>Change the address</summary>
        <Form action="/account/email" token={token}>
          <OwnHandle handle={account.handle} />
          <Field name="email" label="New address" type="email" autocomplete="email" />
          {account.hasPassword ? (
            <Field name="password" label="Your password" type="password" autocomplete="current-password" />
          ) : (
            <></>
          )}
          <button type="submit">Send a mail to it</button>
        </Form>
      </details>
    </>
  );
}

function Password({ account, token }: Pick<AccountProps, "account" | "token">) {
  return (
    <>
      <h2>Password</h2>
      {account.hasPassword ? null : <p>Your account has none: you sign in with a provider or a passkey.</p>}
      <details>
        <summary>{account.hasPassword ? "Change the password" : "Set a password"}</summary>
        <Form action="/account/password" token={token}>
          <OwnHandle handle={account.handle} />
          {account.hasPassword ? (
            <Field name="password" label="Password now" type="password" autocomplete="current-password" />
          ) : (
            <></>
          )}
          <Field
            name="new-password"
            label="New password"
            type="password"
            autocomplete="new-password"
            hint="10 characters or more. All other sessions end."
          />
          <button type="submit">{account.hasPassword ? "Change it" : "Set it"}</button>
        </Form>
      </details>
    </>
  );
}

/** A person's own account: everything that can get into it, and how to end that. */
export function AccountPage(props: AccountProps) {
  const { visitor, account, done, error } = props;
  return (
    <Layout title="Your account · Gati Registry" description="Your account" narrow visitor={visitor}>
      <h1>{account.handle}</h1>
      <p class="meta">
        <a href={`/users/${account.handle}`}>
          <code>users/{account.handle}</code>
        </a>{" "}
        · since {formatDay(account.createdAt)} {account.operator ? <span class="badge accent">operator</span> : null}
      </p>
      <Done text={done} />
      <Fault error={error} />
      <Identities {...props} />
      <Password {...props} />
      <h2>Second factor</h2>
      <p>
        <a href="/account/second-factor">Passkeys, authenticator app and recovery codes</a>
      </p>
      <Email {...props} />
      <Keys {...props} />
      <Sessions {...props} />
      <h2>A device</h2>
      <p>
        Log in a terminal with <code>gati login</code>, and type its code <a href="/device">here</a>.
      </p>
    </Layout>
  );
}
