// A value that changes with each frame, as often as a reader can follow it.
import { useEffect, useRef, useState } from 'react';

/** `value`, renewed at most every `ms`, and at once after a pause. */
export function useCalm<Value>(value: Value, ms: number): Value {
  const [shown, setShown] = useState(value);
  const latest = useRef(value);
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const last = useRef(0);
  useEffect(() => {
    latest.current = value;
    timer.current ??= setTimeout(() => {
      timer.current = null;
      last.current = performance.now();
      setShown(latest.current);
    }, last.current + ms - performance.now());
  }, [value, ms]);
  useEffect(
    () => () => {
      clearTimeout(timer.current ?? undefined);
      timer.current = null;
    },
    [],
  );
  return shown;
}
