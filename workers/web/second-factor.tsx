import type { FactorStatus } from "../domains/second-factor/index.ts";
import { Done, Fault, Field, Form, type FormProps } from "./forms.tsx";
import { formatDay } from "./format.ts";
import { Layout, type Visitor } from "./layout.tsx";
import { PasskeyForm } from "./passkey-form.tsx";
import { passkeyScriptPath } from "./script.ts";

export interface FactorSettingsProps extends FormProps {
  readonly visitor: Visitor;
  readonly factors: FactorStatus;
  readonly hasPassword: boolean;
  /** True when a factor was proved in this session lately, or when there is none. */
  readonly fresh: boolean;
  readonly done?: string | undefined;
  /** Shown this one time. */
  readonly recoveryCodes?: readonly string[] | undefined;
}

function RecoveryCodes({ codes }: { codes: readonly string[] | undefined }) {
  if (!codes || codes.length === 0) return null;
  return (
    <div class="notice good">
      <strong>Your recovery codes</strong>
      <p>Each opens your account once in place of your factor. They are shown only now: keep them somewhere else.</p>
      <pre id="recovery-codes">{codes.join("\n")}</pre>
    </div>
  );
}

/** Until a factor is proved, there is nothing else to do here. */
function Prove({ factors, token }: Pick<FactorSettingsProps, "factors" | "token">) {
  return (
    <>
      <p>Show your second factor to change anything here. That counts for ten minutes.</p>
      {factors.passkeys.length > 0 ? (
        <PasskeyForm
          action="/account/second-factor/prove"
          options="/account/second-factor/prove/options"
          token={token}
          label="Use a passkey"
        />
      ) : null}
      <Form action="/account/second-factor/prove" token={token}>
        <Field
          name="code"
          label="Code"
          autocomplete="one-time-code"
          hint="From your authenticator app, or one of your recovery codes."
          code
        />
        <button type="submit">Continue</button>
      </Form>
    </>
  );
}

function Passkeys({ factors, token, hasPassword }: Pick<FactorSettingsProps, "factors" | "token" | "hasPassword">) {
  const first = factors.methods.length === 0;
  return (
    <>
      <h2>Passkeys</h2>
      <ul class="rows">
        {factors.passkeys.map(({ id, name, createdAt, lastUsedAt, synced }) => (
          <li>
            <div>
              <strong>{name}</strong> {synced ? <span class="badge">synced</span> : null}
              <p class="meta">
                added {formatDay(createdAt.toISOString())}
                {lastUsedAt ? ` · used ${formatDay(lastUsedAt.toISOString())}` : ""}
              </p>
            </div>
            <Form action="/account/passkeys/remove" token={token} hidden={{ id }} plain>
              <button type="submit" class="quiet small">
                Remove
              </button>
            </Form>
          </li>
        ))}
      </ul>
      <PasskeyForm
        action="/account/passkeys"
        options="/account/passkeys/options"
        ceremony="create"
        token={token}
        label="Add a passkey"
      >
        <Field name="name" label="Name" autocomplete="off" value="This device" />
        {first && hasPassword ? (
          <Field name="password" label="Your password" type="password" autocomplete="current-password" />
        ) : null}
      </PasskeyForm>
    </>
  );
}

function App({ factors, token }: Pick<FactorSettingsProps, "factors" | "token">) {
  return (
    <>
      <h2>Authenticator app</h2>
      {factors.appSince ? (
        <Form action="/account/app/remove" token={token} plain>
          <>
            <p>Since {formatDay(factors.appSince.toISOString())}.</p>
            <button type="submit" class="quiet small">
              Remove
            </button>
          </>
        </Form>
      ) : (
        <p>
          None. <code>gati account second-factor enable</code> shows the code that your app scans.
        </p>
      )}
    </>
  );
}

/** What a person's account asks for beyond the password. */
export function FactorSettingsPage(props: FactorSettingsProps) {
  const { visitor, factors, fresh, done, error, recoveryCodes, token } = props;
  return (
    <Layout
      title="Second factor · Gati Registry"
      description="Passkeys, authenticator app and recovery codes"
      narrow
      visitor={visitor}
      scripts={[passkeyScriptPath]}
    >
      <h1>Second factor</h1>
      <Done text={done} />
      <Fault error={error} />
      <RecoveryCodes codes={recoveryCodes} />
      {factors.methods.length === 0 ? <p class="lead">Your password alone opens this account.</p> : null}
      {fresh ? (
        <>
          <Passkeys {...props} />
          <App {...props} />
          {factors.methods.length > 0 ? (
            <>
              <h2>Recovery codes</h2>
              <Form action="/account/recovery-codes" token={token} plain>
                <>
                  <p>{factors.recoveryCodesLeft} left.</p>
                  <button type="submit" class="quiet small">
                    Make new ones
                  </button>
                </>
              </Form>
            </>
          ) : null}
        </>
      ) : (
        <Prove {...props} />
      )}
      <p class="meta">
        <a href="/account">Your account</a>
      </p>
    </Layout>
  );
}
