import type { Child } from "hono/jsx";

/**
 * A form that goes on with what a passkey answered: `passkeys.js.txt` shows it where the browser can use one. `options`
 * is the address that says what the browser needs.
 */
export function PasskeyForm({
  action,
  options,
  ceremony = "get",
  token,
  hidden = {},
  label,
  children,
}: {
  action: string;
  options: string;
  ceremony?: "create" | "get";
  token: string;
  hidden?: Readonly<Record<string, string>>;
  label: string;
  children?: Child;
}) {
  return (
    <form method="post" action={action} class="form" data-passkey={options} data-ceremony={ceremony} hidden>
      <input type="hidden" name="token" value={token} />
      <input type="hidden" name="response" value="" />
      {Object.entries(hidden).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      {children ?? <></>}
      <button type="submit" class="quiet">
        {label}
      </button>
      <p class="hint" role="status" />
    </form>
  );
}
