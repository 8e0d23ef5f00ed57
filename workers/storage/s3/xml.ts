import { type XmlDocument, XmlElement, parseXml } from "@rgrove/parse-xml";
import { RegistryError } from "../../../core/errors.ts";

type Parent = XmlDocument | XmlElement;

/** Child elements of this name, in order. */
export function children(parent: Parent, name: string): XmlElement[] {
  return parent.children.filter((child): child is XmlElement => child instanceof XmlElement && child.name === name);
}

/** Text of the first child element of this name; undefined when there is none. */
export function childText(parent: Parent, name: string): string | undefined {
  return children(parent, name)[0]?.text;
}

/** Root element of an answer. Errors: `unavailable` when the text is not XML or has another root. */
export function rootElement(text: string, name: string): XmlElement {
  let root: XmlElement | null;
  try {
    root = parseXml(text).root;
  } catch (cause) {
    throw new RegistryError("unavailable", "The S3 store answered something that is not XML.", { cause });
  }
  if (root?.name === name) return root;
  throw new RegistryError("unavailable", `The S3 store answered <${root?.name ?? ""}> instead of <${name}>.`);
}

/** `code: message` of an S3 error document; undefined when the text is none. */
export function s3Error(text: string): { code: string; message: string } | undefined {
  if (!text.includes("<Error")) return undefined;
  try {
    const error = rootElement(text, "Error");
    return { code: childText(error, "Code") ?? "", message: childText(error, "Message") ?? "" };
  } catch {
    return undefined;
  }
}

/** Text as the content of an XML element. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
