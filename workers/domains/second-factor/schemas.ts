import { z } from "@hono/zod-openapi";

const text = z.string().max(8000);
/** An answer to a question for a second factor, without a passkey. */
const typed = { code: z.string().min(1).max(100).optional() };

export const assertionResponse = z
  .object({
    id: text,
    rawId: text,
    type: z.literal("public-key"),
    response: z.object({
      clientDataJSON: text,
      authenticatorData: text,
      signature: text,
      userHandle: text.optional(),
    }),
    clientExtensionResults: z.object({}).default({}),
  })
  .openapi("PasskeyAssertion", { description: "AuthenticationResponseJSON of WebAuthn Level 3" });

export const registrationResponse = z
  .object({
    id: text,
    rawId: text,
    type: z.literal("public-key"),
    response: z.object({
      clientDataJSON: text,
      attestationObject: z.string().max(64_000),
      transports: z
        .array(z.enum(["ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"]))
        .max(10)
        .optional(),
    }),
    clientExtensionResults: z.object({}).default({}),
  })
  .openapi("PasskeyRegistration", { description: "RegistrationResponseJSON of WebAuthn Level 3" });

export const answer = {
  ...typed,
  code: typed.code.openapi({ description: "Of the authenticator app, or a recovery code" }),
  passkey: assertionResponse.optional(),
};

export const exactlyOne = (given: { code?: unknown; passkey?: unknown }) =>
  (given.code === undefined) !== (given.passkey === undefined);

/** Options that go to the browser's `navigator.credentials` as they are. */
export const ceremonyOptions = z
  .looseObject({ challenge: z.string() })
  .openapi("PasskeyOptions", { description: "Options of WebAuthn Level 3, in JSON" });

export const passkey = z
  .object({
    id: z.string(),
    name: z.string(),
    createdAt: z.string(),
    lastUsedAt: z.string().nullable(),
    synced: z.boolean().openapi({ description: "Kept by a provider for several devices" }),
  })
  .openapi("Passkey");

const level = z.enum(["sign-in", "publish"]);
export const chosenLevel = z.object({ level });

export const factorStatus = z
  .object({
    level: z.enum(["off", ...level.options]).openapi({
      description: "off: no factor. publish: asked for at sign-in, and before anything is published",
    }),
    methods: z.array(z.enum(["passkey", "totp", "recovery-code"])),
    app: z.object({ since: z.string() }).nullable(),
    passkeys: z.array(passkey),
    recoveryCodesLeft: z.int(),
  })
  .openapi("SecondFactors");

export const recoveryCodes = z
  .array(z.string())
  .openapi({ description: "Shown only now; empty when the account has some already" });

export const stepUpRules = z
  .object({
    namespace: z.boolean().openapi({ description: "All artifacts ask" }),
    artifacts: z.array(z.string()).openapi({ description: "Artifacts that ask by themselves" }),
  })
  .openapi("StepUpRules");
