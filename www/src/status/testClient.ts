// A client that remembers what it is told, for tests.
import type { FakeTab } from './fakeBrowser';
import type { Connection, StatusEvent, StatusOptions, StatusReset } from './sse-status';

export function follow(tab: FakeTab, options: Partial<StatusOptions> = {}) {
  const events: StatusEvent[] = [];
  const states: Connection[] = [];
  const resets: StatusReset[] = [];
  const status = tab.connect({
    channels: 'a',
    onEvent: (event) => events.push(event),
    onState: (state) => states.push(state),
    onReset: (reset) => resets.push(reset),
    ...options,
  });
  return { status, events, states, resets, data: () => events.map(({ data }) => data) };
}
