// lighttpd: it starts the responder, or finds it at a socket, or starts it as a CGI program for each request.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { ended } from '../child.mjs';
import { eventually } from '../eventually.mjs';
import { startExternal } from './external.mjs';
import { suggested } from './shipped_lines.mjs';
import { USER, WebServer, shipped } from './web_server.mjs';

const DEFAULT_STREAMS = 300;

const quoted = (value) => `"${String(value).replace(/["\\]/g, '\\$&')}"`;

class Lighttpd extends WebServer {
  async prepare() {
    fs.mkdirSync(this.ws.path('uploads'));
    fs.chmodSync(this.ws.path('uploads'), 0o777);
    this.users = this.ws.path('users');
    if (this.options.signIn) {
      const hash = execFileSync('openssl', ['passwd', '-apr1', 'secret']).toString().trim();
      fs.writeFileSync(this.users, `alice:${hash}\n`);
    }
  }

  command() {
    return ['lighttpd', ['-D', '-f', this.config]];
  }

  /** What a site's own lighttpd.conf has: as Debian's, with ports of ours. */
  configuration() {
    const { ws } = this;
    return [
      'server.modules = ( "mod_indexfile", "mod_access", "mod_alias", "mod_redirect", "mod_openssl" )',
      `server.port = ${this.port}`,
      'server.bind = "127.0.0.1"',
      `server.document-root = ${quoted(ws.dir)}`,
      `server.errorlog = ${quoted(this.errors)}`,
      `server.pid-file = ${quoted(ws.path('lighttpd.pid'))}`,
      `server.upload-dirs = ( ${quoted(ws.path('uploads'))} )`,
      ...(USER ? [`server.username = "${USER}"`, `server.groupname = "${USER}"`] : []),
      ...this.capacity(),
      'server.feature-flags += ( "server.h2proto" => "enable", "server.h2c" => "enable" )',
      'server.feature-flags += ( "server.graceful-shutdown-timeout" => 1 )',
      `server.http-parseopts = ( ${PARSE_OPTIONS.map((name) => `"${name}" => "enable"`).join(', ')} )`,
      'url.access-deny = ( "~", ".inc" )',
      `$SERVER["socket"] == "127.0.0.1:${this.tlsPort}" {`,
      `  ssl.engine = "enable"\n  ssl.pemfile = ${quoted(this.tls.pem)}`,
      '}',
      ...(this.options.signIn ? this.signIn() : []),
      ...(this.options.compression ? COMPRESSION : []),
      `include ${quoted(this.available())}`,
      ...(this.options.idle ? this.idle() : []),
      '',
    ].join('\n');
  }

  /** The usual limit and, for more streams than fit into that, as the shipped file says. */
  capacity() {
    if (this.options.streams <= DEFAULT_STREAMS) return ['server.max-fds = 1024'];
    const names = ['server.max-fds', 'server.max-connections', 'server.listen-backlog'];
    return suggested(this.file, ...names);
  }

  /** The file for conf-available, as it is shipped but for its values, and for where it finds the other one. */
  available() {
    const settings = { ...this.settings() };
    const text = fs.readFileSync(shipped(this.file.replace('/sse', '/60-sse')), 'utf8');
    const lines = text.split('\n').map((line) => {
      const [, name] = /^var\.(\w+) *=/.exec(line) ?? [];
      if (!name) return line.replace('/usr/local/share/sse-fcgi', shipped(''));
      assert.ok(name in settings, `${this.file} sets ${name}`);
      const value = settings[name];
      delete settings[name];
      return `var.${name} = ${value}`;
    });
    assert.deepEqual(settings, {}, `${this.file} sets them`);
    const file = this.ws.path('60-sse-fcgi.conf');
    fs.writeFileSync(file, lines.join('\n'));
    return file;
  }

  /** The lines in the head of the shipped file. */
  signIn() {
    const lines = fs.readFileSync(shipped(this.file), 'utf8').split('\n');
    const start = lines.findIndex((line) => line.startsWith('# Sign-in')) + 1;
    const end = lines.findIndex((line, at) => at >= start && !line.startsWith('#   '));
    assert.ok(start > 0 && end > start, `${this.file} says how to sign in`);
    const block = lines.slice(start, end).map((line) => line.slice(1));
    return block.map((line) => line.replace(/(userfile = ).*/, `$1${quoted(this.users)}`));
  }

  idle() {
    return [`$HTTP["url"] =~ "^/" {`, `  server.max-write-idle = ${this.options.idle}`, '}'];
  }

  starts() {
    return this.log().match(/server started/g)?.length ?? 0;
  }

  /** It ends what it started, and starts anew, in the same process. */
  async reload() {
    const before = this.starts();
    this.child.signal('SIGUSR1');
    await eventually(() => this.starts() > before, 'lighttpd has started anew');
  }
}

// Debian's lighttpd.conf.
const PARSE_OPTIONS = [
  'header-strict',
  'host-strict',
  'host-normalize',
  'url-normalize-unreserved',
  'url-normalize-required',
  'url-ctrls-reject',
  'url-path-2f-decode',
  'url-path-dotseg-remove',
];

const COMPRESSION = [
  'server.modules += ( "mod_deflate" )',
  'deflate.mimetypes = ( "text/" )',
  'deflate.allowed-encodings = ( "gzip", "deflate" )',
];

export class LighttpdSpawned extends Lighttpd {
  name = 'lighttpd';
  file = 'lighttpd/sse-fcgi.conf';

  settings() {
    return { sse_fcgi: quoted(this.program), sse_socket: quoted(this.ws.path('sse.sock')) };
  }

  async reload() {
    const old = this.responders();
    await super.reload();
    for (const pid of old) await ended(pid);
  }
}

export class LighttpdExternal extends Lighttpd {
  name = 'lighttpd-external';
  file = 'lighttpd/sse-fcgi-external.conf';

  async prepare() {
    await super.prepare();
    await startExternal(this);
  }

  settings() {
    return { sse_socket: quoted(this.socket) };
  }
}

export class LighttpdCgi extends Lighttpd {
  name = 'lighttpd-cgi';
  file = 'lighttpd/sse-fcgi-cgi.conf';

  settings() {
    // Sanitizers are told by variables as well, and lighttpd hands none of its own on.
    const wanted = ([name]) => /^(SSE_|[A-Z]+_OPTIONS$)/.test(name);
    const env = Object.entries(this.ws.environment(this.env)).filter(wanted);
    const list = env.map(([name, value]) => `${quoted(name)} => ${quoted(value)}`);
    return { sse_fcgi: quoted(this.program), sse_settings: `( ${list.join(', ')} )` };
  }
}
