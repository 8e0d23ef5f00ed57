import type { ConfiguredProvider } from "../adapters/sign-in/index.ts";
import { Done, Fault, Field, Form, type FormProps } from "./forms.tsx";
import { Layout } from "./layout.tsx";
import { PasskeyForm } from "./passkey-form.tsx";
import { passkeyScriptPath } from "./script.ts";

export type ProviderChoice = Pick<ConfiguredProvider["about"], "id" | "name">;

/** A link and not a form: browsers hold what follows a form to our own addresses, and this leads to the provider's. */
export function providerAddress(id: string, returnTo: string, token: string, link = false): string {
  return `/sign-in/with/${id}?${new URLSearchParams({ return_to: returnTo, token, ...(link ? { link: "1" } : {}) })}`;
}

function Providers({
  providers,
  returnTo,
  token,
}: {
  providers: readonly ProviderChoice[];
  returnTo: string;
  token: string;
}) {
  if (providers.length === 0) return null;
  return (
    <>
      <ul class="providers">
        {providers.map(({ id, name }) => (
          <li>
            <a class="button" href={providerAddress(id, returnTo, token)} rel="nofollow">
              Continue with {name}
            </a>
          </li>
        ))}
      </ul>
      <p class="or">or with your password</p>
    </>
  );
}

export interface SignInProps extends FormProps {
  readonly service: string;
  readonly returnTo: string;
  readonly providers: readonly ProviderChoice[];
  readonly openSignUp: boolean;
  readonly handle?: string;
  readonly done?: string | undefined;
}

export function SignInPage(props: SignInProps) {
  const { token, error, returnTo, providers, openSignUp, handle, done, service } = props;
  const more = returnTo === "/account" ? "" : `?${new URLSearchParams({ return_to: returnTo })}`;
  return (
    <Layout title="Sign in · Gati Registry" description={`Sign in to ${service}`} narrow scripts={[passkeyScriptPath]}>
      <h1>Sign in</h1>
      <Done text={done} />
      <Fault error={error} />
      <Providers providers={providers} returnTo={returnTo} token={token} />
      <PasskeyForm
        action="/sign-in/passkey"
        options="/sign-in/passkey/options"
        token={token}
        hidden={{ return_to: returnTo }}
        label="Sign in with a passkey"
      />
      <Form action="/sign-in" token={token} hidden={{ return_to: returnTo }}>
        <Field
          name="handle"
          label="Handle"
          autocomplete="username"
          autofocus={!handle}
          {...(handle ? { value: handle } : {})}
        />
        <Field name="password" label="Password" type="password" autocomplete="current-password" autofocus={!!handle} />
        <button type="submit">Sign in</button>
      </Form>
      <p class="meta">
        <a href="/forgot-password">Forgot your password?</a>
        {" · "}
        <a href="/sign-in/sso">Sign in with your organisation</a>
        {openSignUp ? (
          <>
            {" · "}
            <a href={`/sign-up${more}`}>Make an account</a>
          </>
        ) : null}
      </p>
    </Layout>
  );
}

export interface FactorProps extends FormProps {
  readonly challenge: string;
  readonly methods: readonly string[];
  readonly returnTo: string;
}

/** The second step of a sign-in. */
export function FactorPage({ token, error, challenge, methods, returnTo }: FactorProps) {
  const typed = methods.some((one) => one !== "passkey");
  return (
    <Layout
      title="Second factor · Gati Registry"
      description="The second step of signing in"
      narrow
      scripts={[passkeyScriptPath]}
    >
      <h1>One more step</h1>
      <p class="lead">Your account has a second factor.</p>
      <Fault error={error} />
      {methods.includes("passkey") ? (
        <PasskeyForm
          action="/sign-in/passkey"
          options="/sign-in/passkey/options"
          token={token}
          hidden={{ challenge, return_to: returnTo }}
          label="Use a passkey"
        />
      ) : null}
      {typed ? (
        <Form
          action="/sign-in/code"
          token={token}
          hidden={{ challenge, return_to: returnTo, methods: methods.join(" ") }}
        >
          <Field
            name="code"
            label="Code"
            autocomplete="one-time-code"
            hint="From your authenticator app, or one of your recovery codes."
            autofocus
            code
          />
          <button type="submit">Continue</button>
        </Form>
      ) : (
        <p class="empty">
          This account asks for a passkey. Use a recovery code with <code>gati login --password --otp CODE</code> if
          yours is lost.
        </p>
      )}
      <p class="meta">
        <a href="/sign-in">Begin again</a>
      </p>
    </Layout>
  );
}
