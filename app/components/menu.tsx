import { useLocation } from "@remix-run/react";
import { type ReactNode, useEffect, useRef } from "react";

interface MenuProps {
  /** What it is, for those who do not see it. */
  name: string;
  label: ReactNode;
  children: ReactNode;
}

/** A menu that opens without JavaScript; with it, it also closes by Escape, by leaving it, and after a choice. */
export function Menu(props: MenuProps) {
  // A new place is a new, closed menu.
  return <MenuAt key={useLocation().key} {...props} />;
}

function MenuAt({ name, label, children }: MenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const details = menu.current;
    if (details === null) return;
    const close = () => details.removeAttribute("open");
    const onPointer = ({ target }: Event) => {
      if (!details.contains(target as Node)) close();
    };
    const onFocusOut = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget !== null && !details.contains(relatedTarget as Node)) close();
    };
    const onKey = ({ key }: KeyboardEvent) => {
      if (key !== "Escape" || !details.open) return;
      close();
      details.querySelector("summary")?.focus();
    };
    document.addEventListener("pointerdown", onPointer);
    details.addEventListener("focusout", onFocusOut);
    details.addEventListener("keydown", onKey);
    return () => {
      document.removeEventListener("pointerdown", onPointer);
      details.removeEventListener("focusout", onFocusOut);
      details.removeEventListener("keydown", onKey);
    };
  }, []);
  return (
    <details className="menu" ref={menu}>
      <summary>
        <span className="visually-hidden">{name}: </span>
        {label}
      </summary>
      <div className="menu-sheet">{children}</div>
    </details>
  );
}
