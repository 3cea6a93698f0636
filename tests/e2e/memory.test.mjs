// The responder gets no more memory while many clients come. It goes on, or is ended by libfcgi, which does that when it
// gets none, and the web server starts another one; in the end nothing is lost and all are served.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { sanitized } from './lib/build.mjs';
import { isAlive } from './lib/child.mjs';
import { Publishers } from './lib/publishers.mjs';
import { startWeb } from './lib/stack.mjs';
import { Streams } from './lib/streams.mjs';
import { scenario } from './lib/workspace.mjs';

const skip = sanitized ? 'the sanitizers want address space of their own' : false;

function addressSpace(pid) {
  const pages = Number(fs.readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[0]);
  return pages * 4096;
}

function limitMemory(pid, bytes) {
  execFileSync('prlimit', ['--pid', String(pid), `--as=${bytes}:unlimited`]);
}

scenario('with no memory for more streams nobody loses anything', { skip }, async (ws) => {
  const stack = await startWeb(ws, { SSE_HEARTBEAT: '0.5' });
  const { server } = stack;
  const old = Streams.start(ws, server.port, 20, '/sse/a', { retryMax: 100 });
  await old.live();
  const load = new Publishers(stack, ['a']);
  load.run(100);
  await load.acknowledges(20);

  const { pid } = server;
  limitMemory(pid, addressSpace(pid));
  const more = Streams.start(ws, server.port, 400, '/sse?channel=x/{400},y/{400}/*,a', { retryMax: 100 });
  await more.next('live', 0, 3000).catch(() => {}); // some may not be served as long as this lasts
  await load.acknowledges(50);
  const survived = isAlive(pid);
  ws.note(`${survived ? 'it went on' : 'it was ended'}; ${JSON.stringify(await more.status())}`);
  if (survived) limitMemory(pid, 'unlimited');
  else await server.replaced(pid);

  await old.live();
  await more.live();
  const published = await load.finish();
  await old.finish(published);
  await more.finish(published);
});
