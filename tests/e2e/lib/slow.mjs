// Clients that read slowly, and the memory that they cost.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { sanitized } from './build.mjs';
import { residentKiB } from './child.mjs';

const LIMIT_KIB = 32 * 1024;

/** Makes a follower read a piece at a time, with a pause after each, on whichever stream it has. */
export function readSlowly(follower, pauseMs = 2) {
  const connect = follower.connect.bind(follower);
  const slow = () => {
    const { socket } = follower.stream.connection;
    socket.on('data', () => {
      socket.pause();
      setTimeout(() => socket.resume(), pauseMs);
    });
  };
  follower.connect = () => {
    connect();
    slow();
  };
  slow();
  return follower;
}

function peakKiB(pid) {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))[1]);
}

/** Fails if the responder has ever taken more than the limit. */
export function assertBounded(ws, server) {
  const [now, peak] = [residentKiB(server.pid), peakKiB(server.pid)];
  ws.note(`sse.fcgi resident: ${now} KiB, at most ${peak} KiB`);
  if (!sanitized) assert.ok(peak < LIMIT_KIB, `${peak} KiB resident`);
}
