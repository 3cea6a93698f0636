// The status of an answer, which an EventSource does not tell.

const PATIENCE_MS = 10_000;

/** The status of the answer to a GET of `url`, of which no more is read; 0 if there is none. */
export async function probe(url: string): Promise<number> {
  const abort = new AbortController();
  // A server that accepts and says nothing would in the end have all of the browser's connections to it.
  setTimeout(() => {
    abort.abort();
  }, PATIENCE_MS);
  try {
    return (await fetch(url, { signal: abort.signal })).status;
  } catch {
    return 0;
  } finally {
    abort.abort();
  }
}
