// Light, dark, or as the system is; kept in this browser.
import { useLayoutEffect, useState } from 'react';

const THEMES = ['system', 'light', 'dark'] as const;
const KEY = 'sse-status-theme';

export function ThemeButton() {
  const [at, setAt] = useState(() => Math.max(0, THEMES.findIndex((theme) => theme === stored())));
  const theme = THEMES[at % THEMES.length] ?? 'system';
  useLayoutEffect(() => {
    document.documentElement.dataset['theme'] = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Refused by the browser's settings: it holds until the page is closed.
    }
  }, [theme]);
  return (
    <button
      type="button"
      className="theme"
      aria-label={`Colours: ${theme}`}
      title={`Colours: ${theme}`}
      onClick={() => {
        setAt(at + 1);
      }}
    >
      <svg className="glyph" viewBox="0 0 16 16" aria-hidden="true">
        <path d="M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11zM8 3v10M10 4v8M12 6v4" />
      </svg>
    </button>
  );
}

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
