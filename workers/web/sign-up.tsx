import type { Newcomer } from "../domains/sign-in/index.ts";
import { Fault, Field, Form, type FormProps } from "./forms.tsx";
import { Layout } from "./layout.tsx";

const handleHint = "Small letters, digits and single hyphens. It is for good: your packages are called @handle/name.";

export interface SignUpProps extends FormProps {
  readonly open: boolean;
  readonly returnTo: string;
  readonly handle?: string;
  readonly email?: string;
}

/** An account with a password. */
export function SignUpPage({ token, error, open, returnTo, handle, email }: SignUpProps) {
  return (
    <Layout title="Make an account · Gati Registry" description="Make an account on the Gati Registry" narrow>
      <h1>Make an account</h1>
      <Fault error={error} />
      {open ? (
        <Form action="/sign-up" token={token} hidden={{ return_to: returnTo }}>
          <Field
            name="handle"
            label="Handle"
            autocomplete="username"
            hint={handleHint}
            autofocus
            {...(handle ? { value: handle } : {})}
          />
          <Field
            name="password"
            label="Password"
            type="password"
            autocomplete="new-password"
            hint="10 characters or more: a few words are good."
          />
          <Field
            name="email"
            label="E-mail (optional)"
            type="email"
            autocomplete="email"
            required={false}
            hint="To get back in when you forget the password. It is not shown to anybody."
            {...(email ? { value: email } : {})}
          />
          <button type="submit">Make the account</button>
        </Form>
      ) : (
        <p class="empty">This registry does not take new accounts. Ask its operator for one.</p>
      )}
      <p class="meta">
        <a href="/sign-in">Sign in instead</a>
      </p>
    </Layout>
  );
}

export interface NewcomerProps extends FormProps {
  readonly newcomer: Newcomer;
  readonly handle: string;
}

/** The handle of somebody whom a provider vouched for. */
export function NewcomerPage({ token, error, newcomer, handle }: NewcomerProps) {
  const { provider, name, email, hasAccount, mayJoin } = newcomer;
  return (
    <Layout title="Choose a handle · Gati Registry" description="Make an account" narrow>
      <h1>Choose a handle</h1>
      <p class="lead">
        {provider} knows you{name ? ` as ${name}` : ""}. Nobody has signed in here with that before.
      </p>
      <Fault error={error} />
      {hasAccount ? (
        <div class="notice">
          <strong>There is an account with {email} already.</strong>
          <p>
            If it is yours, do not make a second one: <a href="/sign-in?return_to=/account">sign in to it</a> as you did
            before, and link {provider} on your account's page. The registry never does that by itself, because an
            address can change hands.
          </p>
        </div>
      ) : null}
      {mayJoin ? (
        <Form action="/sign-up/provider" token={token}>
          <Field name="handle" label="Handle" autocomplete="username" hint={handleHint} value={handle} autofocus />
          <button type="submit">Make the account</button>
        </Form>
      ) : (
        <p class="empty">
          This registry does not take new accounts. Ask its operator for one, then link {provider} to it.
        </p>
      )}
      <p class="meta">
        <a href="/sign-in">Cancel</a>
      </p>
    </Layout>
  );
}
