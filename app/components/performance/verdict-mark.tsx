/** A tick or a cross, in a shape of its own each, and in words for those who do not see it. */
export function VerdictMark({ good, said }: { good: boolean; said: string }) {
  return (
    <>
      <svg
        viewBox="0 0 16 16"
        className={good ? "verdict verdict-good" : "verdict verdict-bad"}
        aria-hidden="true"
      >
        {good ? (
          <circle cx="8" cy="8" r="7" />
        ) : (
          <path className="verdict-ground" d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" />
        )}
        <path className="verdict-sign" d={good ? "M4.8 8.4l2.2 2.2 4.4-4.8" : "M5.5 5.5l5 5M10.5 5.5l-5 5"} />
      </svg>
      <span className="visually-hidden"> {said}</span>
    </>
  );
}
