import { expect, it } from "vitest";
import committed from "../docs/openapi.json";
import { api, openApiDocument } from "./api.ts";

it("docs/openapi.json describes the API as it is (npm run openapi writes it)", () => {
  expect(JSON.parse(JSON.stringify(api.getOpenAPI31Document(openApiDocument)))).toEqual(committed);
});
