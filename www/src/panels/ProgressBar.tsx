// One bar. Without a percentage it is indeterminate: no value is claimed.

interface ProgressBarProps {
  label: string;
  percent: number | null;
  text: string;
}

export function ProgressBar({ label, percent, text }: ProgressBarProps) {
  return (
    <div
      className="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent ?? undefined}
      aria-valuetext={text}
    >
      {/* Moved and not resized, so that hundreds of bars need no layout. */}
      <div
        className={percent === null ? 'bar-fill bar-unknown' : 'bar-fill'}
        style={{ transform: `translateX(${String((percent ?? 100) - 100)}%)` }}
      />
    </div>
  );
}
