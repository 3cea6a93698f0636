// Which rows of a long list are drawn: those in the viewport and a few around it, whoever scrolls. All rows have
// one height, opened ones another; both are measured, so that they follow the reader's choice of type.
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';

export interface Drawn {
  index: number;
  /** px from the top of the list. */
  top: number;
}

export interface ListWindow<E extends HTMLElement> {
  ref: RefObject<E | null>;
  rows: Drawn[];
  /** px of the whole list. */
  height: number;
}

interface View {
  /** px of the list that are above the viewport, and in it. */
  above: number;
  inside: number;
  row: number;
  more: number;
  printing: boolean;
}

const AROUND = 4;
const FIRST: View = { above: 0, inside: 900, row: 48, more: 240, printing: false };

/** The window of a list of `count` rows, whose elements carry `data-row`, and `data-more` what an opened row adds.
 * The row `kept` (-1: none) is drawn wherever it is: it has the focus. */
export function useWindow<E extends HTMLElement>(
  count: number,
  isOpen: (index: number) => boolean,
  kept: number,
): ListWindow<E> {
  const ref = useRef<E>(null);
  const [view, setView] = useState(FIRST);

  useLayoutEffect(() => {
    const list = ref.current;
    if (list === null) return;
    const print = matchMedia('print');
    const look = () => {
      const { top } = list.getBoundingClientRect();
      const size = (name: string) => list.querySelector<HTMLElement>(`[data-${name}]`)?.offsetHeight;
      setView((last) => {
        const row = size('row') ?? last.row;
        const more = size('more') ?? last.more;
        // In steps of a row: a list must not be drawn anew for each pixel.
        const above = Math.floor(Math.max(0, -top) / row) * row;
        const next = { above, inside: innerHeight, row, more, printing: print.matches };
        return Object.entries(next).every(([key, value]) => last[key as keyof View] === value) ? last : next;
      });
    };
    const lookAtOnce = () => {
      flushSync(look);
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(list);
    // Scrolling does not bubble, but is captured.
    addEventListener('scroll', look, { capture: true, passive: true });
    addEventListener('resize', look);
    print.addEventListener('change', lookAtOnce);
    return () => {
      observer.disconnect();
      removeEventListener('scroll', look, { capture: true });
      removeEventListener('resize', look);
      print.removeEventListener('change', lookAtOnce);
    };
  }, []);

  const rows: Drawn[] = [];
  let top = 0;
  for (let index = 0; index < count; index++) {
    const bottom = top + view.row + (isOpen(index) ? view.more : 0);
    const near = bottom > view.above - AROUND * view.row && top < view.above + view.inside + AROUND * view.row;
    if (near || index === kept || view.printing) rows.push({ index, top });
    top = bottom;
  }
  return { ref, rows, height: top };
}
