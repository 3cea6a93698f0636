// The script inside the page: it has no address of its own.
import { expect, test, vi } from 'vitest';
import { connect } from './connect';

const asked = vi.hoisted(() => {
  const urls: string[] = [];
  vi.stubGlobal('document', { currentScript: { src: '' } });
  vi.stubGlobal('addEventListener', vi.fn());
  vi.stubGlobal(
    'EventSource',
    class extends EventTarget {
      constructor(url: string) {
        super();
        urls.push(url);
      }
      close() {}
    },
  );
  return urls;
});

test('a script that is pasted into the page asks where the build says', async () => {
  const status = connect({ channels: 'a', keep: false, onEvent: vi.fn() });
  await vi.waitFor(() => {
    expect(asked[0]).toMatch(/\/src\/sse\?channel=a&/);
  });
  status.close();
});
