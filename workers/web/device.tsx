import type { DeviceRequest } from "../domains/device-login/index.ts";
import { Fault, Field, Form, type FormProps } from "./forms.tsx";
import { formatAgo } from "./format.ts";
import { Layout, type Visitor } from "./layout.tsx";

interface DeviceProps extends FormProps {
  readonly visitor: Visitor;
}

/** Where a person types the code that their device shows. */
export function DeviceCodePage({ token, error, visitor, code }: DeviceProps & { code: string }) {
  return (
    <Layout title="Log in a device · Gati Registry" description="Log in a device" narrow visitor={visitor}>
      <h1>Log in a device</h1>
      <p class="lead">Type the code that the device shows.</p>
      <Fault error={error} />
      <Form action="/device" token={token}>
        <Field
          name="code"
          label="Code"
          autocomplete="off"
          hint="Eight letters, such as BDWP-HQPK."
          value={code}
          autofocus
          code
        />
        <button type="submit">Continue</button>
      </Form>
    </Layout>
  );
}

const scopeWords: Readonly<Record<string, string>> = {
  read: "read what you may see",
  publish: "publish and change versions in your namespaces",
  admin: "manage your account, your keys and your organisations",
};

export interface DeviceQuestionProps extends DeviceProps {
  readonly request: DeviceRequest;
  /** As it was typed. */
  readonly code: string;
  readonly now: number;
  /** The account asks for its second factor before it lets a device in. */
  readonly asksFactor: boolean;
}

/** What a person looks at before they let a device in. */
export function DeviceQuestionPage({ token, error, visitor, request, code, now, asksFactor }: DeviceQuestionProps) {
  const { client, device, agent, address, scopes, createdAt } = request;
  const facts: readonly (readonly [string, string])[] = [
    ["Calls itself", device ? `${client} on ${device}` : client],
    ["Program", agent ?? "does not say"],
    ["Address", address ?? "not known here"],
    ["Asked", formatAgo(now - createdAt.getTime())],
  ];
  return (
    <Layout title="Let this device in? · Gati Registry" description="Log in a device" narrow visitor={visitor}>
      <h1>Let this device in?</h1>
      <p class="lead">
        It will act as <strong>{visitor.handle}</strong>.
      </p>
      <Fault error={error} />
      <p class="user-code">{code}</p>
      <p class="meta center">The device shows the same code, or it is not yours.</p>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>May then</dt>
          <dd>
            <ul>
              {scopes.map((scope) => (
                <li>
                  {scopeWords[scope] ?? scope} <span class="badge">{scope}</span>
                </li>
              ))}
            </ul>
          </dd>
        </div>
      </dl>
      <div class="notice">
        Only let it in if you began this yourself just now. Nobody of this registry ever asks you to type a code.
      </div>
      <Form action="/device/decide" token={token} hidden={{ code }}>
        {asksFactor ? (
          <Field name="otp" label="Code of your second factor" autocomplete="one-time-code" required={false} code />
        ) : (
          <></>
        )}
        <p class="buttons">
          <button type="submit" name="decision" value="approve">
            Let it in
          </button>
          <button type="submit" name="decision" value="deny" class="quiet">
            Refuse
          </button>
        </p>
      </Form>
    </Layout>
  );
}

export function DeviceDonePage({
  visitor,
  request,
  approved,
}: {
  visitor: Visitor;
  request: DeviceRequest;
  approved: boolean;
}) {
  const name = request.device ? `${request.client} on ${request.device}` : request.client;
  return (
    <Layout title="Log in a device · Gati Registry" description="Log in a device" narrow visitor={visitor}>
      <h1>{approved ? "The device is in" : "Refused"}</h1>
      <div class={`notice ${approved ? "good" : ""}`} role="status">
        {approved ? `${name} goes on by itself in a few seconds. You can close this page.` : `${name} gets nothing.`}
      </div>
      <p class="meta">
        {approved ? "What it holds is listed on " : "If you did not begin this, somebody else did: look at "}
        <a href="/account">your account's page</a>
        {approved ? ", where you can take it back." : "."}
      </p>
    </Layout>
  );
}
