import { findMember } from "../../access/access.server.ts";
import { isOperator } from "../../access/operators.server.ts";
import { problemResponse } from "../../problem-details.ts";
import { bringsMetricsToken } from "./metrics-token.server.ts";

/**
 * For programs that read the figures: METRICS_TOKEN, or else the session of an operator. A key of a workspace opens what is
 * in the workspace, and not this.
 * @throws Response problem details: 401 without either, 403 for a member who is no admin.
 */
export async function requireMetricsAccess(request: Request): Promise<void> {
  if (bringsMetricsToken(request)) return;
  if (request.headers.has("Authorization")) {
    throw notSignedIn("This is not the token of METRICS_TOKEN.", 'Bearer error="invalid_token"');
  }
  const member = await findMember(request);
  if (member === null) {
    throw notSignedIn("Sign in as an admin, or send METRICS_TOKEN as Authorization: Bearer …", "Bearer");
  }
  if (!isOperator(member) || !member.hasOwnPassword) {
    throw problemResponse({
      status: 403,
      type: "not-an-admin",
      title: "Only for admins",
      detail: member.hasOwnPassword
        ? "Only an admin may read this, and where APP_OPERATORS is set, one whom it names."
        : "Open the app and choose a password of your own first.",
    });
  }
}

function notSignedIn(detail: string, challenge: string): Response {
  return problemResponse(
    { status: 401, type: "not-signed-in", title: "Not signed in", detail },
    { "WWW-Authenticate": challenge },
  );
}
