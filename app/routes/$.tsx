/** An address that no route knows is the visitor's mistake, not an error for the log. */
export function loader(): never {
  throw new Response(null, { status: 404 });
}

export default function Nowhere() {
  return null;
}
