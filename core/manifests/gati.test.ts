import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { artifactTypes } from "../artifact-types.ts";
import { RegistryError } from "../errors.ts";
import {
  canonicalJson,
  decodeGatiManifest,
  encodeGatiManifest,
  type JsonValue,
  parseGatiManifest,
  qualifyDependencies,
} from "./gati.ts";

const guide = {
  name: "@myorg/my-awesome-module",
  version: "1.0.0",
  description: "An awesome Gati module",
  author: "Your Name",
  license: "MIT",
  gati: {
    type: "database",
    contracts: ["@gati-framework/database-contract"],
    dependencies: { "@gati-modules/connection-pool": "^2.0.0" },
  },
  keywords: ["database", "sql", "postgres"],
  repository: "https://github.com/myorg/my-awesome-module",
};

const seedModule = {
  name: "user-auth",
  version: "2.1.0",
  namespace: "gati.dev/users/krishna",
  type: "module-wasm",
  manifest: {
    name: "user-auth",
    version: "2.1.0",
    description: "User authentication module with JWT support",
    config: { type: "wasm", wasmFile: "user-auth.wasm", wasi: true },
    dependencies: [{ name: "crypto-utils", version: "^1.0.0" }],
    gtypes: [{ name: "LoginRequest", fields: { email: "string", password: "string" } }],
    capabilities: ["db:read", "db:write"],
  },
  signature: { algorithm: "cosign", value: "MEUCIQDx..." },
  provenance: { repo: "github.com/krishna/user-auth", commit: "abc123def456" },
};

function refusal(document: unknown): RegistryError {
  try {
    parseGatiManifest(document);
  } catch (error) {
    if (error instanceof RegistryError) return error;
    throw error;
  }
  throw new Error("the manifest was accepted");
}

describe("every manifest shape becomes one", () => {
  it("reads gati-module.json of the module guide", () => {
    expect(parseGatiManifest(guide)).toEqual({
      schemaVersion: 1,
      name: "my-awesome-module",
      scope: "myorg",
      version: "1.0.0",
      type: "module-node",
      description: "An awesome Gati module",
      author: "Your Name",
      license: "MIT",
      keywords: ["database", "sql", "postgres"],
      category: "database",
      repository: "https://github.com/myorg/my-awesome-module",
      contracts: ["@gati-framework/database-contract"],
      dependencies: { "@gati-modules/connection-pool": "^2.0.0" },
    });
  });

  it("reads the contracts schema", () => {
    const manifest = parseGatiManifest({
      name: "crypto-utils",
      id: "crypto-v1",
      version: "1.5.0",
      type: "wasm",
      exports: { hash: { inputRef: "hash-input-v1", outputRef: "hash-output-v1" } },
      capabilities: ["crypto"],
      resources: { cpu: "500m", mem: "512Mi" },
      signature: "sha256:def456",
    });
    expect(manifest).toMatchObject({
      type: "module-wasm",
      exports: { hash: { input: "hash-input-v1", output: "hash-output-v1" } },
      capabilities: [{ name: "crypto", required: true }],
      resources: { cpu: "500m", mem: "512Mi" },
      original: { id: "crypto-v1", signature: "sha256:def456" },
    });
  });

  it("reads the runtime's manifest, methods as a list or as a map", () => {
    const method = { name: "send", inputType: "Mail", outputType: "Receipt", timeout: 500, idempotent: true };
    const base = {
      moduleId: "email-sender",
      version: "1.0.0",
      runtime: "node",
      capabilities: [{ name: "network:smtp", description: "sends mail", required: false }],
      networkAccess: { egress: true, allowedHosts: ["smtp.example.com"] },
      dependencies: ["template-store"],
      createdAt: 1704067200000,
    };
    const { name: _name, ...unnamed } = method;
    for (const methods of [[method], { send: unnamed }]) {
      expect(parseGatiManifest({ ...base, methods })).toMatchObject({
        name: "email-sender",
        type: "module-node",
        capabilities: [{ name: "network:smtp", required: false, description: "sends mail" }],
        exports: { send: { input: "Mail", output: "Receipt", timeout: 500, idempotent: true } },
        networkAccess: { egress: true },
        dependencies: { "template-store": "*" },
        original: { createdAt: 1704067200000 },
      });
    }
  });

  it("reads the seed documents' module", () => {
    expect(parseGatiManifest(seedModule)).toMatchObject({
      name: "user-auth",
      scope: "krishna",
      type: "module-wasm",
      config: { wasmFile: "user-auth.wasm", wasi: true },
      dependencies: { "crypto-utils": "^1.0.0" },
      gtypes: [{ name: "LoginRequest", definition: { name: "LoginRequest", fields: { email: "string" } } }],
      provenance: { commit: "abc123def456" },
      original: { signature: { algorithm: "cosign" } },
    });
  });

  it("reads the seed documents' plugin, agent and transformer", () => {
    const plugin = { name: "pg", version: "1.5.0", type: "plugin", manifest: { requiredModules: ["database-core"] } };
    expect(parseGatiManifest(plugin).dependencies).toEqual({ "database-core": "*" });

    const modelReferences = [
      "gati.dev/users/openai/gpt-4:latest",
      "gati.dev/users/ml-researcher/code-embeddings:2.0.0",
    ];
    const agent = { name: "code-reviewer", version: "1.0.0", type: "agent", manifest: { config: { modelReferences } } };
    expect(parseGatiManifest(agent).dependencies).toEqual({
      "@openai/gpt-4": "latest",
      "@ml-researcher/code-embeddings": "2.0.0",
    });

    const transformer = {
      name: "user-auth-v1-to-v2",
      version: "1.0.0",
      type: "transformer",
      manifest: { fromArtifact: "user-auth", fromVersion: "1.x", toVersion: "2.x", transformations: [] },
    };
    expect(parseGatiManifest(transformer).transform).toEqual(transformer.manifest);
  });

  it("reads a plain package.json as a node module and does not take npm dependencies for Gati ones", () => {
    const manifest = parseGatiManifest({
      name: "@gati-framework/types",
      version: "1.0.1",
      description: "",
      type: "module",
      main: "./dist/index.js",
      exports: { ".": "./dist/index.js" },
      author: { name: "Ada", email: "ada@example.com" },
      repository: { type: "git", url: "git+https://github.com/krishnapaul242/gati.git", directory: "packages/types" },
      dependencies: { zod: "^4.0.0" },
      scripts: { test: "vitest" },
    });
    expect(manifest).toEqual({
      schemaVersion: 1,
      name: "types",
      scope: "gati-framework",
      version: "1.0.1",
      type: "module-node",
      author: "Ada <ada@example.com>",
      repository: "https://github.com/krishnapaul242/gati",
      dependencies: {},
      npm: {
        main: "./dist/index.js",
        type: "module",
        exports: { ".": "./dist/index.js" },
        dependencies: { zod: "^4.0.0" },
      },
      original: { scripts: { test: "vitest" } },
    });
  });

  it.each([
    ["krishnapaul242/gati", "https://github.com/krishnapaul242/gati"],
    ["gitlab:a/b", "https://gitlab.com/a/b"],
    ["git@github.com:a/b.git", "https://github.com/a/b"],
    ["ssh://git@github.com/a/b.git", "https://github.com/a/b"],
  ])("writes the repository %s as %s", (written, url) => {
    expect(parseGatiManifest({ ...guide, repository: written }).repository).toBe(url);
  });

  it("names short dependencies in full once the namespace is known", () => {
    expect(qualifyDependencies(parseGatiManifest(seedModule), "krishna").dependencies).toEqual({
      "@krishna/crypto-utils": "^1.0.0",
    });
  });
});

describe("a manifest that cannot be read", () => {
  it.each<[string, unknown, string]>([
    ["no object", ["x"], ""],
    ["no name", { version: "1.0.0" }, "name"],
    ["a name the registry refuses", { ...guide, name: "My Module" }, "name"],
    ["a version that is not semantic", { ...guide, version: "1.0" }, "version"],
    ["a version in the name", { ...guide, name: "@a/b@1.0.0" }, "name"],
    ["an unknown type", { schemaVersion: 1, name: "x", version: "1.0.0", type: "module-cobol", manifest: {} }, "type"],
    ["an unknown runtime", { moduleId: "x", version: "1.0.0", runtime: "cobol" }, "runtime"],
    ["a range that is none", { ...guide, gati: { dependencies: { "@a/b": "about two" } } }, 'dependencies["@a/b"]'],
    ["a capability without name", { ...guide, gati: { capabilities: [{}] } }, "capabilities[0].name"],
    ["config that is a list", { ...guide, gati: { config: [] } }, "config"],
  ])("is refused with the field and a way out: %s", (_, document, path) => {
    const error = refusal(document);
    expect(error.code).toBe("manifest_invalid");
    expect(error.details["path"]).toBe(path);
    expect(error.suggestions.length).toBeGreaterThan(0);
  });

  it("suggests the canonical version", () => {
    expect(refusal({ ...guide, version: "v1.2" }).suggestions.join(" ")).toContain("1.2.0");
  });

  it("refuses bytes that are not JSON", () => {
    expect(() => decodeGatiManifest(new Uint8Array([0xff, 0xfe]))).toThrow(/not JSON/);
  });

  it("keeps __proto__ an ordinary key", () => {
    const manifest = parseGatiManifest(JSON.parse('{"name":"x","version":"1.0.0","__proto__":{"polluted":true}}'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(canonicalJson(manifest.original as JsonValue)).toBe('{"__proto__":{"polluted":true}}');
  });
});

describe("the normal form", () => {
  const text = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  const manifests = fc.record(
    {
      name: fc.oneof(
        text,
        fc.tuple(text, text).map(([scope, name]) => `@${scope}/${name}`),
      ),
      version: fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)).map((parts) => parts.join(".")),
      type: fc.constantFrom(...artifactTypes),
      description: text,
      keywords: fc.array(text),
      dependencies: fc.dictionary(text, fc.constantFrom("^1.0.0", "*", "latest")),
      capabilities: fc.array(fc.oneof(text, fc.record({ name: text, required: fc.boolean() }))),
      gtypes: fc.array(fc.record({ name: text, fields: fc.dictionary(text, text) })),
      exports: fc.dictionary(text, fc.record({ inputRef: text, outputRef: text })),
      extra: fc.jsonValue(),
    },
    { requiredKeys: ["name", "version", "type"] },
  );

  it("is stable: reading it again changes nothing", () => {
    fc.assert(
      fc.property(manifests, (document) => {
        const once = parseGatiManifest(document);
        expect(parseGatiManifest(once)).toEqual(once);
        expect(decodeGatiManifest(encodeGatiManifest(once))).toEqual(
          JSON.parse(canonicalJson(once as unknown as JsonValue)),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("has one encoding, whatever the order of keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const reversed = JSON.parse(JSON.stringify(value), (_, node: unknown) =>
          typeof node === "object" && node !== null && !Array.isArray(node)
            ? Object.fromEntries(Object.entries(node).toReversed())
            : node,
        ) as JsonValue;
        expect(canonicalJson(reversed)).toBe(canonicalJson(value as JsonValue));
      }),
      { numRuns: 200 },
    );
  });
});
