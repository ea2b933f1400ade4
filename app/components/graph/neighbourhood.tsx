import { Link } from "@remix-run/react";
import type { WalkedPage } from "../../services/rag/graph-sql.ts";
import { type Dot, PICTURE_RADIUS, radialLayout } from "./radial-layout.ts";

/** A picture of nothing but its own page and one other says less than a line of text. */
const FEWEST = 4;

/**
 * The pages around a page as a picture, each a dot that leads to it: nearer and larger what has more to do with the
 * page. It shows what the lists beside it say, so who cannot see it misses nothing and need not step through its dots.
 */
export function Neighbourhood({ nodes }: { nodes: readonly WalkedPage[] }) {
  const { dots, strokes } = radialLayout(nodes);
  if (dots.length < FEWEST) return null;
  const [middle, ...others] = dots;
  const size = PICTURE_RADIUS * 2;
  return (
    <svg
      className="neighbourhood"
      viewBox={`${-PICTURE_RADIUS} ${-PICTURE_RADIUS} ${size} ${size}`}
      aria-hidden="true"
    >
      {strokes.map(({ from, to }) => (
        <line key={to.id} className={`stroke-${to.kind}`} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      ))}
      {middle !== undefined && <circle className="dot-middle" r={middle.radius} />}
      {others.map((dot) => (
        <OtherPage key={dot.id} dot={dot} />
      ))}
    </svg>
  );
}

function OtherPage({ dot: { id, title, kind, x, y, radius } }: { dot: Dot }) {
  return (
    <Link to={`/app/pages/${id}`} tabIndex={-1} className={`dot dot-${kind}`}>
      <title>{title || "Untitled page"}</title>
      {/* Large enough for a finger. */}
      <circle className="dot-around" cx={x} cy={y} r={9} />
      <circle className="dot-itself" cx={x} cy={y} r={radius} />
    </Link>
  );
}
