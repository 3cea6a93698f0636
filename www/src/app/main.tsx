// The start of the page: one stream of every channel. Its address is relative: /sse for a page at / (there is nothing
// above it) and for one in a folder of its own beside /sse, such as /sse-status/.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { emptyBoard, reduceBoard } from '../model/board';
import { historyOf } from '../stream/history';
import { createStream } from '../stream/stream';
import { App } from './App';

const SSE = '../sse';
// The newest event of a job may be a line of its log; some more say how it is, and give its line a beginning.
const stream = createStream({ url: SSE, channels: '*', last: 50, initial: emptyBoard, reduce: reduceBoard });
const read = historyOf(SSE);
const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

createRoot(root).render(
  <StrictMode>
    <App stream={stream} place={location.host} read={read} />
  </StrictMode>,
);
