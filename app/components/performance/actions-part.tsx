import { Link } from "@remix-run/react";
import type { AdminIntent } from "../../services/monitoring/admin-intents.ts";
import {
  type MigrationMetrics,
  type Section,
  type TableMigration,
  VECTOR_FLAGS,
} from "../../services/monitoring/vector-metrics.ts";
import { When } from "../when.tsx";
import { ActionLog } from "./action-log.tsx";
import { ADMIN_ACTIONS } from "./admin-actions.ts";
import { Confirmation } from "./confirmation.tsx";
import { hrefOf, type PageAddress } from "./page-address.ts";
import { Part } from "./part.tsx";
import { Refused } from "./refused.tsx";

interface ActionsPartProps {
  section: Section<MigrationMetrics>;
  address: PageAddress;
  /** Why what was asked for was not done. */
  refused: string | null;
}

/** What an admin can do, each after a second step, and who did what. */
export function ActionsPart({ section, address, refused }: ActionsPartProps) {
  return (
    <div id="actions">
      <Part title="Actions" section={section} notice={<Refused reason={refused} level={3} />}>
        {(migration) => (
          <>
            <p role="status" className="done-note">
              {address.done !== null && refused === null && ADMIN_ACTIONS[address.done].done}
            </p>
            {address.confirm !== null && <Confirmation address={address} action={address.confirm} />}
            <Choices migration={migration} address={address} />
            <ActionLog actions={migration.actions} />
          </>
        )}
      </Part>
    </div>
  );
}

function Choices({
  migration: { bookkept, flag, settings, verifying, tables },
  address,
}: {
  migration: MigrationMetrics;
  address: PageAddress;
}) {
  // A pause that was not ended can be ended, whatever has happened since.
  const steered = bookkept && (settings?.paused || tables.some(isBeforeSwap));
  const hasOriginals = tables.some(({ phase }) => phase !== "absent" && phase !== "contracted");
  const checks = [
    ...(bookkept && verifying === null ? (["verify"] as const) : []),
    ...(hasOriginals ? (["compare"] as const) : []),
  ];
  return (
    <div className="choices">
      <section className="choice" aria-labelledby="choice_flag">
        <h3 id="choice_flag">Which column search reads</h3>
        <p>
          {FLAG_TEXTS[flag.value]}
          <span className="quiet">
            {" "}
            {flag.from === "environment" ? (
              "As VECTOR_COLUMN says."
            ) : (
              <>
                Set by {flag.by ?? "somebody"}
                {flag.at !== null && (
                  <>
                    {" "}
                    <When at={flag.at} />
                  </>
                )}
                .
              </>
            )}
          </span>
        </p>
        {bookkept ? (
          <Buttons
            address={address}
            actions={VECTOR_FLAGS.filter((value) => value !== flag.value || flag.from === "environment").map(
              (value) => `flag-${value}` as const,
            )}
          />
        ) : (
          <p>There is a choice from expand to contract.</p>
        )}
      </section>
      <section className="choice" aria-labelledby="choice_conversion">
        <h3 id="choice_conversion">Conversion</h3>
        <p>
          {!bookkept
            ? "There is none to pause: it exists from expand to the swap."
            : settings?.paused
              ? `Paused by ${settings.pausedBy ?? "somebody"}.`
              : steered
                ? "It may run."
                : "There is none to pause any more: every table is swapped."}
        </p>
        {steered && <Buttons address={address} actions={[settings?.paused ? "resume" : "pause"]} />}
      </section>
      <section className="choice" aria-labelledby="choice_checks">
        <h3 id="choice_checks">Checks</h3>
        <p>
          {verifying !== null
            ? "Verify is running."
            : hasOriginals
              ? "They run while the app serves."
              : "The originals are gone: there is nothing to compare with."}
        </p>
        {checks.length > 0 && <Buttons address={address} actions={checks} />}
      </section>
    </div>
  );
}

function isBeforeSwap({ phase }: TableMigration): boolean {
  return phase === "baseline" || phase === "expanded" || phase === "indexed";
}

const FLAG_TEXTS: Readonly<Record<MigrationMetrics["flag"]["value"], string>> = {
  auto: "Search chooses by itself.",
  vector: "Search reads vector.",
  halfvec: "Search reads halfvec.",
};

function Buttons({
  address: { minutes },
  actions,
}: {
  address: PageAddress;
  actions: readonly AdminIntent[];
}) {
  return (
    <p className="form-actions">
      {actions.map((action) => (
        <Link
          key={action}
          to={`${hrefOf({ minutes, confirm: action })}#confirm`}
          className="button button-quiet"
          preventScrollReset
        >
          {ADMIN_ACTIONS[action].name}…
        </Link>
      ))}
    </p>
  );
}
