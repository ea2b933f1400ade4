import { createHash, timingSafeEqual } from "node:crypto";
import { env } from "../../../env.server.ts";

/** Whether a request brings METRICS_TOKEN as its Bearer token. How long it takes says nothing about how much of it was right. */
export function bringsMetricsToken(request: Request): boolean {
  const sent = /^Bearer +(\S+) *$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
  const expected = env.METRICS_TOKEN;
  return sent !== undefined && expected !== undefined && timingSafeEqual(digest(sent), digest(expected));
}

/** Of one length, whatever was sent. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
