import { Hono } from "hono";
import { RegistryError } from "../../../core/errors.ts";
import type { SurfaceEnv } from "../../http/surface.ts";
import { answer, baseOf } from "./directory.ts";
import { groupSchema } from "./group-resource.ts";
import { largestPage, listOf } from "./lists.ts";
import { userSchema } from "./user-resource.ts";

const schemaOf = "urn:ietf:params:scim:schemas:core:2.0";

const attribute = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  type: "string",
  multiValued: false,
  required: false,
  caseExact: false,
  mutability: "readWrite",
  returned: "default",
  uniqueness: "none",
  ...more,
});
const many = { type: "complex", multiValued: true };

const schemas = [
  {
    id: userSchema,
    name: "User",
    description: "A person whom the organisation's provider signs in",
    attributes: [
      attribute("userName", { required: true, uniqueness: "server" }),
      attribute("displayName"),
      attribute("name", {
        type: "complex",
        subAttributes: [attribute("formatted"), attribute("givenName"), attribute("familyName")],
      }),
      attribute("emails", { ...many, subAttributes: [attribute("value"), attribute("primary", { type: "boolean" })] }),
      attribute("active", { type: "boolean" }),
    ],
  },
  {
    id: groupSchema,
    name: "Group",
    description: "A team that the directory keeps",
    attributes: [
      attribute("displayName", { required: true, uniqueness: "server" }),
      attribute("members", { ...many, subAttributes: [attribute("value", { mutability: "immutable" })] }),
    ],
  },
];

const resourceTypes = [
  { id: "User", name: "User", endpoint: "/Users", schema: userSchema },
  { id: "Group", name: "Group", endpoint: "/Groups", schema: groupSchema },
];

const configuration = {
  schemas: [`${schemaOf}:ServiceProviderConfig`],
  documentationUri: "https://www.rfc-editor.org/rfc/rfc7644",
  patch: { supported: true },
  bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
  filter: { supported: true, maxResults: largestPage },
  changePassword: { supported: false },
  sort: { supported: false },
  etag: { supported: false },
  authenticationSchemes: [
    {
      type: "oauthbearertoken",
      name: "Bearer token",
      description: "A token that an owner of the organisation makes: gati org scim-token create",
      primary: true,
    },
  ],
};

const meta = (resourceType: string, location: string) => ({ meta: { resourceType, location } });

function only<T extends { readonly id: string }>(all: readonly T[], id: string): T {
  const found = all.find((one) => one.id === id);
  if (found) return found;
  throw new RegistryError("name_unknown", "There is no such resource.", { suggestions: ["List them first."] });
}

/** What the directory's door offers (RFC 7644, 4). Only for whoever has the directory's token. */
export const discoveryRoutes = new Hono<SurfaceEnv>()
  .get("/ServiceProviderConfig", (c) => {
    return answer(c, { ...configuration, ...meta("ServiceProviderConfig", `${baseOf(c)}/ServiceProviderConfig`) });
  })
  .get("/ResourceTypes", (c) => {
    const shown = resourceTypes.map((one) => resourceType(one, baseOf(c)));
    return answer(c, listOf(shown, shown.length, 0));
  })
  .get("/ResourceTypes/:id", (c) => answer(c, resourceType(only(resourceTypes, c.req.param("id")), baseOf(c))))
  .get("/Schemas", (c) => {
    const shown = schemas.map((one) => schema(one, baseOf(c)));
    return answer(c, listOf(shown, shown.length, 0));
  })
  .get("/Schemas/:id", (c) => answer(c, schema(only(schemas, c.req.param("id")), baseOf(c))));

const resourceType = (one: (typeof resourceTypes)[number], base: string) => ({
  schemas: [`${schemaOf}:ResourceType`],
  ...one,
  ...meta("ResourceType", `${base}/ResourceTypes/${one.id}`),
});

const schema = (one: (typeof schemas)[number], base: string) => ({
  schemas: [`${schemaOf}:Schema`],
  ...one,
  ...meta("Schema", `${base}/Schemas/${one.id}`),
});
