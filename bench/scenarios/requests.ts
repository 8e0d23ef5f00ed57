import { inParallel, send } from "../clients/http.ts";
import { type Image, pushImage, randomBlob } from "../clients/push.ts";
import { headLoad } from "../clients/head-load.ts";
import { wrk } from "../clients/wrk.ts";
import type { Target } from "../targets/target.ts";
import type { Scenario } from "./scenario.ts";

const tags = 20;

/**
 * Requests per second, warm, over 16 connections: what a public image sees all day. Asked by strangers, or as whom the target
 * reads. `goal` is how many times the peer's speed is asked for.
 */
export function requestScenarios(seconds: number, goal = 3): Scenario[] {
  const images = new Map<Target, Image>();
  const load = { seconds, connections: 16 };
  const image = (target: Target): Image => {
    const pushed = images.get(target);
    if (!pushed) throw new Error("the image is pushed first");
    return pushed;
  };
  const prepare = async (target: Target): Promise<void> => {
    if (images.has(target)) return;
    const repository = target.repository("popular");
    const layer = randomBlob(1000);
    await inParallel(tags - 1, 1, (i) => pushImage(target, repository, `tag-${i}`, layer));
    images.set(target, await pushImage(target, repository, "main", layer));
  };
  const paths: Record<string, (image: Image) => string> = {
    "GET manifest by digest": ({ repository, digest }) => `/v2/${repository}/manifests/${digest}`,
    "GET manifest by tag": ({ repository, tag }) => `/v2/${repository}/manifests/${tag}`,
    [`GET tags list (${tags} tags)`]: ({ repository }) => `/v2/${repository}/tags/list`,
    "HEAD blob": ({ repository, layer }) => `/v2/${repository}/blobs/${layer.digest}`,
    "GET blob of 1 kB": ({ repository, layer }) => `/v2/${repository}/blobs/${layer.digest}`,
  };
  return Object.entries(paths).map(([name, path]) => ({
    name,
    unit: "/s",
    goal,
    prepare,
    async measure(target) {
      const where = path(image(target));
      const method = name.startsWith("HEAD") ? "HEAD" : "GET";
      const headers = await target.readHeaders?.(image(target).repository);
      const asked = { ...load, path: where, headers };
      await send(target, { method, path: where, status: 200 });
      return method === "HEAD" ? headLoad(target, asked) : wrk(target, asked);
    },
  }));
}
