// That events were missed: in the head of the page until somebody has seen it.
import { useState } from 'react';
import type { AllMissed } from '../model/feedMissed';
import { clock, numberText } from './format';
import { Glyph } from './Glyph';
import { missedWords } from './words';

export function ConnectionMissed({ missed }: { missed: AllMissed }) {
  const [seen, setSeen] = useState(0);
  const fresh = missed.latest.filter(({ key }) => key > seen);
  const older = missed.count - seen - fresh.length;
  if (fresh.length === 0) return null;
  return (
    <section className="missed" data-testid="missed" aria-label="Events were missed">
      <Glyph of="failed" />
      <ul>
        {fresh.map((one) => (
          <li key={one.key}>
            <time>{clock(one.arrived)}</time> {missedWords(one)}
          </li>
        ))}
        {older > 0 && <li>And {numberText(older)} times before.</li>}
      </ul>
      <button
        type="button"
        data-testid="missed-dismiss"
        onClick={() => {
          setSeen(missed.count);
        }}
      >
        Dismiss
      </button>
    </section>
  );
}
