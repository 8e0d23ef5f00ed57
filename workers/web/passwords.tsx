import { Fault, Field, Form, type FormProps } from "./forms.tsx";
import { Layout } from "./layout.tsx";

export function ForgotPasswordPage({ token, error, sent }: FormProps & { sent: boolean }) {
  return (
    <Layout title="Forgot your password · Gati Registry" description="Set a new password" narrow>
      <h1>Forgot your password?</h1>
      <Fault error={error} />
      {sent ? (
        <div class="notice good" role="status">
          If there is such an account with a confirmed address, a mail is on its way to it. It is good for an hour.
        </div>
      ) : (
        <Form action="/forgot-password" token={token}>
          <Field name="account" label="Handle or e-mail address" autocomplete="username" autofocus />
          <button type="submit">Send me a mail</button>
        </Form>
      )}
      <p class="meta">
        <a href="/sign-in">Sign in</a>
      </p>
    </Layout>
  );
}

export function ResetPasswordPage({ token, error, secret }: FormProps & { secret: string }) {
  return (
    <Layout title="New password · Gati Registry" description="Set a new password" narrow>
      <h1>Set a new password</h1>
      <Fault error={error} />
      <Form action="/reset-password" token={token} {...(secret ? { hidden: { secret } } : {})}>
        {secret ? <></> : <Field name="secret" label="Token from the mail" autocomplete="off" code />}
        <Field
          name="password"
          label="New password"
          type="password"
          autocomplete="new-password"
          hint="10 characters or more. All your sessions end."
          autofocus
        />
        <button type="submit">Set it</button>
      </Form>
    </Layout>
  );
}

/** A button, because programs that read mails open links. */
export function ConfirmEmailPage({
  token,
  error,
  secret,
  confirmed,
}: FormProps & { secret: string; confirmed?: string | undefined }) {
  return (
    <Layout title="Confirm your address · Gati Registry" description="Confirm your e-mail address" narrow>
      <h1>Confirm your e-mail address</h1>
      <Fault error={error} />
      {confirmed ? (
        <div class="notice good" role="status">
          {confirmed} is confirmed.
        </div>
      ) : (
        <Form action="/confirm-email" token={token} {...(secret ? { hidden: { secret } } : {})}>
          {secret ? <></> : <Field name="secret" label="Token from the mail" autocomplete="off" code autofocus />}
          <button type="submit">Confirm it</button>
        </Form>
      )}
      <p class="meta">
        <a href="/account">Your account</a>
      </p>
    </Layout>
  );
}
