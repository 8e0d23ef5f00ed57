import { DurableObject } from "cloudflare:workers";

export class UploadSession extends DurableObject {}
export class NamespaceGraph extends DurableObject {}

export default {
  async fetch(): Promise<Response> {
    return Response.json({ status: "ok" });
  },
};
