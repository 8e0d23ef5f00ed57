import type { ArtifactType } from "../core/artifact-types.ts";
import { mediaTypes } from "../core/media-types.ts";
import { packFiles } from "./tar.ts";

export interface Sample {
  readonly name: string;
  readonly type: ArtifactType;
  readonly version: string;
  readonly manifest: Record<string, unknown>;
  readonly content: { readonly bytes: Uint8Array; readonly mediaType: string; readonly title: string };
}

export const sampleOrganization = "gati-samples";

/**
 * (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)), assembled by hand:
 * magic and version, then the type, function, export and code sections of the WebAssembly core specification.
 */
const adder = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x07, 0x01, 0x60, 0x02, 0x7f, 0x7f, 0x01, 0x7f],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x07, 0x01, 0x03, 0x61, 0x64, 0x64, 0x00, 0x00],
  ...[0x0a, 0x09, 0x01, 0x07, 0x00, 0x20, 0x00, 0x20, 0x01, 0x6a, 0x0b],
]);

function packed(name: string, version: string, files: Readonly<Record<string, string>>): Sample["content"] {
  return { bytes: packFiles(files), mediaType: mediaTypes.gatiContent, title: `${name}-${version}.tgz` };
}

const greeterManifest = {
  name: "greeter",
  version: "1.0.0",
  description: "Greets whoever it is told about: the smallest Gati module for Node.",
  license: "Apache-2.0",
  keywords: ["sample"],
  gati: { type: "module-node", capabilities: [], exports: { greet: { input: "GreetRequest", output: "Greeting" } } },
};

const adderManifest = {
  name: "adder",
  version: "1.0.0",
  type: "wasm",
  description: "Adds two 32-bit integers: the smallest Gati module in WebAssembly.",
  license: "Apache-2.0",
  keywords: ["sample", "wasm"],
  exports: { add: { inputRef: "AddRequest", outputRef: "Sum" } },
};

const templateManifest = {
  name: "starter",
  version: "1.0.0",
  type: "template",
  description: "A Gati application with one handler, ready to be copied.",
  license: "Apache-2.0",
  keywords: ["sample", "template"],
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** What a first start publishes, so that there is something to look at and to install. */
export const samples: readonly Sample[] = [
  {
    name: "greeter",
    type: "module-node",
    version: "1.0.0",
    manifest: greeterManifest,
    content: packed("greeter", "1.0.0", {
      "README.md": "# greeter\n\nA sample module of the Gati Registry.\n",
      "gati-module.json": json(greeterManifest),
      "index.js": "export function greet({ name }) {\n  return { text: `Hello, ${name}!` };\n}\n",
    }),
  },
  {
    name: "adder",
    type: "module-wasm",
    version: "1.0.0",
    manifest: adderManifest,
    content: { bytes: adder, mediaType: mediaTypes.wasm, title: "adder.wasm" },
  },
  {
    name: "starter",
    type: "template",
    version: "1.0.0",
    manifest: templateManifest,
    content: packed("starter", "1.0.0", {
      "README.md": "# {{name}}\n\nMade from the starter template of the Gati Registry.\n",
      "gati-module.json": json(templateManifest),
      "src/handlers/hello.js":
        "export const handler = (request, response) => response.json({ hello: request.query.name });\n",
    }),
  },
];
