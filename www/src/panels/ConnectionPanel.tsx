// The connection, said plainly, and the button that stops and resumes it.
import './connection.css';
import type { Connection } from '../stream/connection';
import { Glyph } from './Glyph';
import { connectionWords } from './words';

interface ConnectionPanelProps {
  connection: Connection;
  now: number;
  /** When the last event came, in ms. */
  lastEvent: number | null;
  onStop: () => void;
  onResume: () => void;
}

export function ConnectionPanel({ connection, now, lastEvent, onStop, onResume }: ConnectionPanelProps) {
  const { title, detail } = connectionWords(connection, now, lastEvent);
  const stopped = connection.state === 'stopped';
  const pausing = connection.state === 'retrying' && connection.retryAt !== null;
  return (
    <div className="connection" data-testid="connection" data-state={connection.state}>
      <Glyph of={connection.state} />
      <p className="connection-words">
        <strong>{title}</strong> <span>{detail}</span>
      </p>
      {pausing && (
        <button type="button" onClick={onResume}>
          Retry now
        </button>
      )}
      <button type="button" data-testid="stop" onClick={stopped ? onResume : onStop}>
        {stopped ? 'Resume' : 'Stop'}
      </button>
    </div>
  );
}
