interface RefusedProps {
  /** Why what was asked for was not done; null where it was, or nothing was asked for. */
  reason: string | null;
  /** Of its heading: one below that of what it stands in. */
  level: 2 | 3;
}

/** What an admin asked for and did not get. */
export function Refused({ reason, level }: RefusedProps) {
  if (reason === null) return null;
  const Heading = `h${level}` as const;
  return (
    <div className="notice notice-problem" role="alert">
      <Heading>Nothing was done</Heading>
      <p>{reason}</p>
    </div>
  );
}
