import { Fault, Field, Form, type FormProps } from "./forms.tsx";
import { Layout } from "./layout.tsx";
import { providerAddress } from "./sign-in.tsx";

/** Asks which organisation somebody signs in with. */
export function SsoQuestionPage({ token, error, handle }: FormProps & { readonly handle?: string }) {
  return (
    <Layout title="Sign in with your organisation · Gati Registry" description="Single sign-on" narrow>
      <h1>Your organisation</h1>
      <Fault error={error} />
      <Form action="/sign-in/sso" token={token} hidden={{}}>
        <Field
          name="handle"
          label="Organisation"
          autocomplete="organization"
          autofocus
          {...(handle ? { value: handle } : {})}
        />
        <button type="submit">Continue</button>
      </Form>
      <p class="meta">
        <a href="/sign-in">Sign in another way</a>
      </p>
    </Layout>
  );
}

export interface SsoProps {
  readonly entry: { readonly id: string; readonly handle: string };
  readonly token: string;
  readonly returnTo: string;
  readonly visitor: { readonly handle: string; readonly token: string } | undefined;
}

/** The way to an organisation's own provider: to sign in, or to link it to the account that is signed in. */
export function SsoPage({ entry, token, returnTo, visitor }: SsoProps) {
  const { id, handle } = entry;
  return (
    <Layout
      title={`Sign in with ${handle} · Gati Registry`}
      description={`Single sign-on of ${handle}`}
      narrow
      {...(visitor ? { visitor } : {})}
    >
      <h1>Sign in with {handle}</h1>
      <ul class="providers">
        <li>
          <a class="button" href={providerAddress(id, returnTo, token)} rel="nofollow">
            Continue with the sign-in of {handle}
          </a>
        </li>
        {visitor ? (
          <li>
            <a class="button" href={providerAddress(id, "/account", token, true)} rel="nofollow">
              Link it to your account {visitor.handle}
            </a>
          </li>
        ) : null}
      </ul>
      {visitor ? (
        <p class="meta">
          Who runs the provider of {handle} can then sign in as you. A second factor on your account is asked for all
          the same.
        </p>
      ) : null}
    </Layout>
  );
}
