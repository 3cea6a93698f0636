// A button that copies, and says for a moment whether it did.
import { useEffect, useState } from 'react';
import { copyText } from './copyText';

const SAID_MS = 2_000;

interface FeedCopyProps {
  label: string;
  title: string;
  disabled?: boolean;
  text: () => string;
}

export function FeedCopy({ label, title, disabled = false, text }: FeedCopyProps) {
  const [said, setSaid] = useState<string | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => {
      setSaid(null);
    }, SAID_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  return (
    <button
      type="button"
      className="small"
      title={title}
      disabled={disabled}
      data-testid="feed-copy"
      onClick={() => {
        void copyText(text()).then((done) => {
          setSaid(done ? 'Copied' : 'Cannot copy');
        });
      }}
    >
      {said ?? label}
    </button>
  );
}
