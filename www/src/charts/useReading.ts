// Which mark of a chart is read out: the one under the pointer, or, by the arrow keys, the one that was chosen. It is
// remembered by its key, so that it stays the same one while the chart moves.
import { type KeyboardEvent, type PointerEvent, useState } from 'react';

export interface Reading {
  /** The place of the mark, -1 for none. */
  at: number;
  props: {
    tabIndex: 0;
    onKeyDown: (event: KeyboardEvent) => void;
    onPointerMove: (event: PointerEvent) => void;
    onPointerLeave: () => void;
    onFocus: () => void;
    onBlur: () => void;
  };
}

/** `find` tells the place of the mark at a point of the page; `start` is where the keys begin. */
export function useReading<Key>(
  keys: readonly Key[],
  start: number,
  find: (event: PointerEvent) => number,
): Reading {
  const [key, setKey] = useState<Key | null>(null);
  const at = key === null ? -1 : keys.indexOf(key);
  const go = (to: number) => {
    setKey(keys[Math.max(0, Math.min(keys.length - 1, to))] ?? null);
  };
  const none = () => {
    setKey(null);
  };
  return {
    at,
    props: {
      tabIndex: 0,
      onKeyDown(event) {
        const from = at < 0 ? start : at;
        const places: Record<string, number> = {
          ArrowLeft: from - 1,
          ArrowUp: from - 1,
          ArrowRight: from + 1,
          ArrowDown: from + 1,
          Home: 0,
          End: keys.length - 1,
        };
        const to = places[event.key];
        if (event.key === 'Escape') none();
        if (to === undefined) return;
        event.preventDefault();
        go(to);
      },
      onPointerMove(event) {
        go(find(event));
      },
      onPointerLeave: none,
      onFocus() {
        go(at < 0 ? start : at);
      },
      onBlur: none,
    },
  };
}
