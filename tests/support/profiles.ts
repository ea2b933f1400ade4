import { PAGE_EMBEDDINGS } from "../../app/embedding-tables.ts";
import { openConnections } from "../../app/services/halfvec/connections.ts";
import type { MigrationEvent } from "../../app/services/halfvec/events.ts";
import { changeProfile, type ProfileOptions } from "../../app/services/halfvec/profiles/change-profile.ts";
import { VERIFICATION_DEFAULTS } from "../../app/services/halfvec/verify/verify-table.ts";
import type { TestDatabase } from "./test.ts";

/** `index --profile …` on the pages in this process, without the wait for apps that read the columns. Resolves to what it told. */
export async function takeProfile(
  database: Pick<TestDatabase, "url">,
  profile: ProfileOptions["profile"],
  options: Partial<ProfileOptions> = {},
): Promise<MigrationEvent[]> {
  const events: MigrationEvent[] = [];
  await changeProfile(
    await openConnections(database.url),
    {
      ...VERIFICATION_DEFAULTS,
      queries: 15,
      tables: [PAGE_EMBEDDINGS],
      profile,
      dropOther: false,
      handOverMs: 0,
      reconnectSeconds: 0,
      ...options,
    },
    (event) => events.push(event),
    new AbortController().signal,
  );
  return events;
}
