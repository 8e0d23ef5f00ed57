export { pruneMailTokens } from "./prune-tokens.ts";
export { changeEmail } from "./change-email.ts";
export { changePassword } from "./change-password.ts";
export { readAccount } from "./export-account.ts";
export { forgotPassword } from "./forgot-password.ts";
export { resetPassword } from "./reset-password.ts";
export { setFirstPassword } from "./set-first-password.ts";
export { signUp, signUpWithIdentity } from "./sign-up.ts";
export { verifyEmail } from "./verify-email.ts";
