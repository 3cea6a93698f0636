// Everything that a web server is held to, in groups that share one server of each mode.
//
// A behaviour is {id, words, run(stage)}: `words` are its row in the table; `run` throws when it does not hold, and may
// return what was measured, in a few words.
import * as frames from './behaviours/frames.mjs';
import * as idle from './behaviours/idle.mjs';
import * as leaving from './behaviours/leaving.mjs';
import * as requests from './behaviours/requests.mjs';
import * as restarts from './behaviours/restarts.mjs';
import { slow } from './behaviours/slow.mjs';

const LONG = '60'; // seconds between heartbeats, where none may help

/**
 * `options` are those of WebServer.start; the behaviours `inTurn` come one after the other, then those of `together` at
 * the same time.
 */
export const GROUPS = [
  {
    what: 'frames and requests',
    options: { env: { SSE_HEARTBEAT: LONG, SSE_CORS: 'https://a.example' } },
    inTurn: [frames.firstByte, frames.delay, frames.http2],
    together: [
      frames.order,
      frames.several,
      frames.cursor,
      requests.options,
      requests.head,
      requests.post,
      requests.headers,
      requests.routing,
      requests.slashes,
    ],
  },
  { what: 'a slow client', options: { env: { SSE_HEARTBEAT: LONG } }, inTurn: [slow] },
  {
    what: 'clients that leave',
    options: { env: { SSE_HEARTBEAT: `${leaving.HEARTBEAT_S}` } },
    together: [leaving.byFin, leaving.byRst, leaving.byHttp2],
  },
  { what: 'sign-in', options: { signIn: true }, inTurn: [requests.signIn] },
  {
    what: 'compression',
    options: { compression: true, env: { SSE_HEARTBEAT: LONG } },
    inTurn: [frames.compression],
  },
  {
    what: 'short limits, with heartbeats',
    options: { idle: idle.IDLE_S, env: { SSE_HEARTBEAT: `${idle.HEARTBEAT_S}` } },
    inTurn: [idle.idle],
  },
  {
    what: 'short limits, without',
    options: { idle: idle.IDLE_S, env: { SSE_HEARTBEAT: LONG } },
    inTurn: [idle.silence],
  },
  { what: 'a reload', options: { env: { SSE_HEARTBEAT: '1' } }, inTurn: [restarts.reload] },
  { what: 'a restart', options: { env: { SSE_HEARTBEAT: '1' } }, inTurn: [restarts.restart] },
  {
    what: 'restarts of sse.fcgi',
    options: { env: { SSE_HEARTBEAT: '1' } },
    inTurn: [restarts.stop, restarts.stopHttp2],
  },
  {
    what: 'crashes of sse.fcgi',
    options: { env: { SSE_HEARTBEAT: '1' } },
    inTurn: [restarts.crash, restarts.crashHttp2],
  },
];

/** The behaviours of a group. */
export function behavioursOf({ inTurn = [], together = [] }) {
  return [...inTurn, ...together];
}

/** All of them, in the order of the table's rows. */
export const BEHAVIOURS = GROUPS.flatMap(behavioursOf);
