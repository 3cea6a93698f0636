// Requests by HTTP/2 over TLS, as browsers send them to a site with a certificate.
import http2 from 'node:http2';
import zlib from 'node:zlib';
import { SseClient } from '../sse.mjs';

/** A connection that several requests may share. Close it with `destroy()`. */
export function connectHttp2(port) {
  const connection = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  connection.on('error', () => {}); // told by its requests
  return connection;
}

/**
 * Opens a stream by HTTP/2; otherwise as openHttp. `abandon()` resets the stream (CANCEL) as a browser does when a
 * page closes its EventSource; `reset()` breaks the whole connection.
 */
export function openHttp2(port, target, { method = 'GET', headers = {}, body, connection } = {}) {
  const client = new SseClient(target);
  const session = connection ?? connectHttp2(port);
  const request = session.request({ ':method': method, ':path': target, ...headers }, { endStream: !body });
  request.on('response', ({ ':status': status, ...fields }) => {
    client.head(status, fields);
    unpacked(request, fields).on('data', (bytes) => client.feed(bytes));
  });
  request.on('end', () => (client.isWhole = request.rstCode === http2.constants.NGHTTP2_NO_ERROR));
  request.on('error', (error) => (client.error = error));
  request.on('close', () => {
    client.ended(client.isWhole === true && request.rstCode === http2.constants.NGHTTP2_NO_ERROR);
    if (!connection) session.destroy();
  });
  if (body) request.end(body);
  client.abandon = () => request.close(http2.constants.NGHTTP2_CANCEL);
  client.reset = () => session.socket.resetAndDestroy?.() ?? session.destroy();
  return client;
}

/** The body as it was before the server compressed it, if it did: each piece as soon as it can be known. */
function unpacked(request, fields) {
  if (fields['content-encoding'] !== 'gzip') return request;
  const plain = zlib.createGunzip({ flush: zlib.constants.Z_SYNC_FLUSH });
  plain.on('error', () => {}); // a stream may be cut anywhere
  return request.pipe(plain);
}
