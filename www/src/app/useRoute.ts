// What the address asks for. Only its fragment says so: the page is a file, under any path of any web server.
import { useSyncExternalStore } from 'react';

export type Route = { page: 'board' } | { page: 'wall' } | { page: 'job'; channel: string };

/** `#/wall`, `#/jobs/42`; all else is the board. */
export function parseRoute(hash: string): Route {
  let path = hash.replace(/^#\/?/, '');
  try {
    path = decodeURIComponent(path);
  } catch {
    // A lone %: no channel has one.
  }
  if (path === 'wall') return { page: 'wall' };
  return path.startsWith('jobs/') ? { page: 'job', channel: path } : { page: 'board' };
}

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => location.hash));
}

function subscribe(listener: () => void) {
  addEventListener('hashchange', listener);
  return () => {
    removeEventListener('hashchange', listener);
  };
}
