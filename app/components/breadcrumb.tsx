import { Link } from "@remix-run/react";

export interface BreadcrumbStep {
  readonly to: string;
  readonly name: string;
}

/** Where something stands, from the top; itself not included. */
export function Breadcrumb({ steps }: { steps: readonly BreadcrumbStep[] }) {
  return (
    <nav className="breadcrumb" aria-label="Where this stands">
      <ol>
        {steps.map(({ to, name }) => (
          <li key={to}>
            <Link to={to}>{name}</Link>
          </li>
        ))}
      </ol>
    </nav>
  );
}
