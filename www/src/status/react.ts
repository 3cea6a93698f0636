// sse-status-react.js: a channel as a React hook.
import { useCallback, useRef, useSyncExternalStore } from 'react';
import { connect } from './index';
import type * as api from './sse-status-react';
import type { ChannelState } from './sse-status-react';

const NOTHING: ChannelState = { event: null, connection: { state: 'connecting', lastLive: null } };

export const useChannel: typeof api.useChannel = (channel, { url, last } = {}) => {
  const snapshot = useRef(NOTHING);
  const subscribe = useCallback(
    (changed: () => void) => {
      const set = (part: Partial<ChannelState>) => {
        snapshot.current = { ...snapshot.current, ...part };
        changed();
      };
      snapshot.current = NOTHING;
      const status = connect({
        ...(url !== undefined && { url }),
        ...(last !== undefined && { last }),
        channels: channel,
        keep: false,
        onEvent: (event) => {
          set({ event });
        },
        onState: (connection) => {
          set({ connection });
        },
      });
      return () => {
        status.close();
      };
    },
    [channel, url, last],
  );
  return useSyncExternalStore(subscribe, () => snapshot.current, () => NOTHING);
};
