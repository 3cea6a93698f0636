// The modes, and the cells of the matrix that a mode cannot satisfy, with the reason.
//
// `why` is the footnote of the table; `shows` must match the error by which the test sees it, so that a cell cannot be
// excused for something else. A cell that does hold after all fails the test: then it is to be taken out.

export const MODES = [
  { mode: 'apache-proxy', head: 'Apache proxy_fcgi' },
  { mode: 'apache-fcgid', head: 'Apache fcgid' },
  { mode: 'apache-cgid', head: 'Apache CGI' },
  { mode: 'lighttpd', head: 'lighttpd' },
  { mode: 'lighttpd-external', head: 'lighttpd external' },
  { mode: 'lighttpd-cgi', head: 'lighttpd CGI' },
  { mode: 'nginx', head: 'nginx' },
  { mode: 'caddy', head: 'Caddy' },
  { mode: 'h2o', head: 'h2o' },
];

// A server that watches only one side of a stream at a time learns by writing that a client has gone: the first write
// after a FIN still succeeds.
const NOTICED_LATE = {
  why: 'After 2 heartbeats: the server learns of it by writing, and the first write after a FIN still succeeds.',
  shows: /noticed after 2 heartbeats/,
};

const CADDY_LATE = {
  why: 'After 2 to 4 heartbeats.',
  shows: /noticed after [2-5] heartbeats/,
};

const ENCODED_SLASH = {
  why: 'Apache answers 404 to a path with `%2F`, unless the virtual host says `AllowEncodedSlashes NoDecode`.',
  shows: /'\/sse\/slashes%2Fa': null/,
};

/** Of each mode: behaviour -> {why, shows}. */
export const EXPECTED_FAILURES = {
  'apache-proxy': {
    slashes: ENCODED_SLASH,
    'leave-fin': NOTICED_LATE,
    'crash-http2': {
      why: 'mod_http2 leaves the stream open, silent (icing/mod_h2 244); `Protocols http/1.1` for that host avoids it.',
      shows: /its stream has ended/,
    },
  },
  'apache-fcgid': {
    slashes: ENCODED_SLASH,
    'leave-fin': NOTICED_LATE,
  },
  'apache-cgid': {
    slashes: ENCODED_SLASH,
    'leave-fin': NOTICED_LATE,
  },
  caddy: {
    'leave-fin': CADDY_LATE,
    'leave-rst': CADDY_LATE,
    'leave-http2': CADDY_LATE,
    silence: {
      why: 'Caddy has no such limit.',
      shows: /the server has no such limit/,
    },
  },
  h2o: {
    'leave-fin': NOTICED_LATE,
  },
};

/** {why, shows} of a cell that is expected to fail, or undefined. */
export function expectedFailure(mode, behaviour) {
  return EXPECTED_FAILURES[mode]?.[behaviour];
}
