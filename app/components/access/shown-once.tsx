import { type ReactNode, useEffect, useState } from "react";

interface ShownOnceProps {
  title: string;
  /** The secret itself. */
  secret: string;
  /** What to do with it. */
  children: ReactNode;
}

/** A secret that was just made and can be read nowhere else. */
export function ShownOnce({ title, secret, children }: ShownOnceProps) {
  return (
    <section className="notice shown-once" role="status">
      <h2>{title}</h2>
      <p className="secret">
        <code>{secret}</code>
        <CopyButton text={secret} />
      </p>
      <p>{children}</p>
    </section>
  );
}

/** Only where there is JavaScript, and the browser lets it write to the clipboard. */
function CopyButton({ text }: { text: string }) {
  const [state, setState] = useState<"absent" | "ready" | "copied">("absent");
  useEffect(() => {
    if (navigator.clipboard !== undefined) setState("ready");
  }, []);
  if (state === "absent") return null;
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setState("copied"),
      () => setState("absent"),
    );
  return (
    <button type="button" className="button button-quiet" onClick={copy}>
      {state === "copied" ? "Copied" : "Copy"}
    </button>
  );
}
