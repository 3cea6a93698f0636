// The width of an element in pixels, followed as it changes.
import { type RefCallback, useCallback, useState } from 'react';

export function useWidth<E extends Element>(initial: number): [RefCallback<E>, number] {
  const [width, setWidth] = useState(initial);
  // Called for each element that takes the place, and for none in between.
  const ref = useCallback((element: E | null) => {
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.round(entry.contentRect.width));
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, []);
  return [ref, width];
}
