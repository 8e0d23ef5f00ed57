import type { Child } from "hono/jsx";
import type { RegistryError } from "../../core/errors.ts";

/** What a page that sends something knows of its visitor. */
export interface FormProps {
  /** `formToken` of the request. */
  readonly token: string;
  /** Why the last try did not work. */
  readonly error?: RegistryError | undefined;
}

/** A form of ours: it says which page it comes from. */
export function Form({
  action,
  token,
  hidden = {},
  children,
  plain = false,
}: {
  action: string;
  token: string;
  hidden?: Readonly<Record<string, string>>;
  children: Child;
  /** Only a button in a line of text. */
  plain?: boolean;
}) {
  return (
    <form method="post" action={action} class={plain ? "plain" : "form"}>
      <input type="hidden" name="token" value={token} />
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {children}
    </form>
  );
}

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "password" | "email";
  /** What password managers understand. */
  readonly autocomplete: string;
  readonly value?: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly autofocus?: boolean;
  readonly code?: boolean;
}

export function Field(props: FieldProps) {
  const { name, label, type = "text", autocomplete, value, hint, required = true, autofocus = false, code } = props;
  return (
    <p class="field">
      <label for={`field-${name}`}>{label}</label>
      <input
        id={`field-${name}`}
        name={name}
        type={type}
        autocomplete={autocomplete}
        {...(value === undefined ? {} : { value })}
        {...(code ? { class: "code" } : {})}
        maxlength={512}
        required={required}
        autofocus={autofocus}
        autocapitalize="none"
        spellcheck={false}
        {...(hint ? { "aria-describedby": `hint-${name}` } : {})}
      />
      {hint ? (
        <small id={`hint-${name}`} class="hint">
          {hint}
        </small>
      ) : null}
    </p>
  );
}

/** What went wrong, above the form that can be sent again. */
export function Fault({ error }: { error: RegistryError | undefined }) {
  if (!error) return null;
  return (
    <div class="notice bad" role="alert">
      <strong>{error.message}</strong>
      {error.suggestions.length > 0 ? <p>{error.suggestions[0]}</p> : null}
    </div>
  );
}

/** Something that worked. */
export function Done({ text }: { text: string | undefined }) {
  return text ? (
    <div class="notice good" role="status">
      {text}
    </div>
  ) : null;
}
