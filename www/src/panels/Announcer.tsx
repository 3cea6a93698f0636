// The one live region of the page. What it says changes seldom, or it would never be silent.

export function Announcer({ text }: { text: string }) {
  return (
    <p className="unseen" role="status" aria-live="polite">
      {text}
    </p>
  );
}
