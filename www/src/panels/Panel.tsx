// A room of the board: a heading, a note beside it, and what is in it.
import './panel.css';
import { type ReactNode, useId } from 'react';

interface PanelProps {
  name: string;
  title: string;
  note?: ReactNode;
  children: ReactNode;
}

export function Panel({ name, title, note, children }: PanelProps) {
  const heading = useId();
  return (
    <section className={`panel panel-${name}`} aria-labelledby={heading}>
      <header className="panel-head">
        <h2 id={heading}>{title}</h2>
        <div className="panel-note">{note}</div>
      </header>
      {children}
    </section>
  );
}
