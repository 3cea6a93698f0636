// The six looks of the groups: colour and pattern, since colour alone tells some people nothing.

/** The patterns; once on the page. */
export function Patterns() {
  return (
    <svg className="unseen" aria-hidden="true">
      <defs>
        {PATTERNS.map((d, i) => (
          <pattern key={d} id={`look-${String(i)}`} width="6" height="6" patternUnits="userSpaceOnUse">
            <rect className={`look-${String(i)}`} width="6" height="6" />
            <path className="look-lines" d={d} />
          </pattern>
        ))}
        <pattern id="look-gap" width="6" height="6" patternUnits="userSpaceOnUse">
          <path className="chart-gap" d="M-1,1l2,-2M0,6l6,-6M5,7l2,-2" />
        </pattern>
      </defs>
    </svg>
  );
}

const PATTERNS = ['', 'M-1,1l2,-2M0,6l6,-6M5,7l2,-2', 'M0,1.5h6M0,4.5h6', 'M1.5,0v6M4.5,0v6', 'M-1,5l2,2M0,0l6,6M5,-1l2,2', 'M0,3h6M3,0v6'];

export function look(slot: number): string {
  return `url(#look-${String(slot)})`;
}

export function Swatch({ slot }: { slot: number }) {
  return (
    <svg className="swatch" width="12" height="12" aria-hidden="true">
      <rect width="12" height="12" rx="2" fill={look(slot)} />
    </svg>
  );
}
