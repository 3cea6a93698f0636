// Apache 2.4 with the event MPM, in the three ways that it runs a responder.
//
// Its main configuration stands in the workspace and includes the file that we ship. That file is included after
// everything else: it must work with whatever stands before it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { ended, forgetProcess, watchProcess } from '../child.mjs';
import { eventually } from '../eventually.mjs';
import { startExternal } from './external.mjs';
import { USER, WebServer, shipped } from './web_server.mjs';

const MODULES = '/usr/lib/apache2/modules';
const COMMON = [
  ...['mpm_event', 'authz_core', 'authz_user', 'authn_core', 'authn_file', 'auth_basic', 'alias'],
  ...['asis', 'env', 'setenvif', 'mime', 'filter', 'deflate', 'reqtimeout', 'ssl', 'http2'],
];

/** What /etc/apache2/mods-available/mpm_event.conf sets, and the streams that fit into it. */
const DEBIAN = [
  ...['StartServers 2', 'MinSpareThreads 25', 'MaxSpareThreads 75', 'ThreadLimit 64'],
  ...['ThreadsPerChild 25', 'MaxRequestWorkers 150', 'MaxConnectionsPerChild 0'],
];
const DEBIAN_STREAMS = 100;
const MOST_STREAMS = 1000;

/** The directives that stand with a # before them under a comment of a shipped file, without the #. */
function disabledBlock(file, comment) {
  const lines = fs.readFileSync(shipped(`apache/${file}`), 'utf8').split('\n');
  const start = lines.findIndex((line) => comment.test(line));
  assert.ok(start >= 0, `${file} has a comment ${comment}`);
  const from = lines.findIndex((line, at) => at > start && /^#\S/.test(line));
  const to = lines.findIndex((line, at) => at > from && !/^#(\S|  )/.test(line));
  return lines.slice(from, to).map((line) => line.slice(1));
}

/** An argument of a directive. */
export function quoted(value) {
  return `"${String(value).replace(/["\\]/g, '\\$&')}"`;
}

class Apache extends WebServer {
  /** Further `options` of start: `directives`, lines that stand before the shipped file. */

  /** Names of modules beside COMMON. */
  modules = [];

  command() {
    // A process group of its own, by which all of it can be ended if the test itself is.
    return ['setsid', ['apache2', '-D', 'FOREGROUND', '-f', this.config]];
  }

  async prepare() {
    this.run = this.ws.path(`${this.name}.run`);
    fs.mkdirSync(this.run);
    this.away = this.ws.path('away/sse-fcgi-away.asis');
    fs.mkdirSync(this.ws.path('away'));
    fs.copyFileSync(shipped('apache/sse-fcgi-away.asis'), this.away);
    if (this.options.signIn) {
      const hash = execFileSync('openssl', ['passwd', '-apr1', 'secret']).toString().trim();
      fs.writeFileSync(this.ws.path('htpasswd'), `alice:${hash}\n`);
    }
  }

  async launch() {
    await super.launch();
    watchProcess(-this.child.pid);
  }

  async restart() {
    this.isRestart = true;
    try {
      await super.restart();
    } finally {
      this.isRestart = false;
    }
  }

  async stop() {
    // At the end of a test nobody looks any more. Apache takes up to 10 s to stop if it has open streams.
    if (this.child && !this.isRestart && !this.external) await this.endResponders();
    const group = this.child && -this.child.pid;
    await super.stop();
    if (group) forgetProcess(group);
  }

  async endResponders() {
    for (const pid of this.responders()) {
      try {
        process.kill(pid, 'SIGTERM');
      } catch (error) {
        if (error.code !== 'ESRCH') throw error;
      }
      await ended(pid);
    }
  }

  configuration() {
    const { ws, options, run } = this;
    return [
      `ServerRoot ${run}`,
      `DefaultRuntimeDir ${run}`,
      `PidFile ${run}/apache2.pid`,
      'ServerName 127.0.0.1',
      ...(USER ? [`User ${USER}`, `Group ${USER}`] : []),
      `ErrorLog ${this.errors}`,
      'LogLevel warn ssl:error',
      ...[...COMMON, ...this.modules].map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
      `Listen 127.0.0.1:${this.port}`,
      `Listen 127.0.0.1:${this.tlsPort}`,
      ...this.capacity(),
      // As Debian has it: nothing may be read but what is allowed by name.
      '<Directory />\nRequire all denied\n</Directory>',
      'TypesConfig /dev/null',
      `DocumentRoot ${ws.dir}`,
      ...this.settings(),
      ...(options.directives ?? []),
      ...(options.compression ? ['AddOutputFilterByType DEFLATE text/event-stream'] : []),
      ...(options.signIn ? this.signIn() : []),
      `Include ${shipped(`apache/${this.file}`)}`,
      `<VirtualHost 127.0.0.1:${this.tlsPort}>`,
      'SSLEngine on',
      `SSLCertificateFile ${this.tls.cert}`,
      `SSLCertificateKeyFile ${this.tls.key}`,
      'Protocols h2 http/1.1',
      '</VirtualHost>',
      '',
    ].join('\n');
  }

  /** Directives of this mode, before the shipped file. */
  settings() {
    return [`Define SSE_AWAY ${this.away}`];
  }

  /** As Debian has it (mpm_event.conf) and, for more streams than fit into that, as the shipped file says. */
  capacity() {
    if (this.options.streams > MOST_STREAMS) throw new Error(`at most ${MOST_STREAMS} streams`);
    return this.options.streams > DEBIAN_STREAMS ? disabledBlock(this.file, /^# For 1,000 streams/) : DEBIAN;
  }

  signIn() {
    const block = disabledBlock(this.file, /^# Sign-in, by Apache/).join('\n');
    return [block.replace(/AuthUserFile .*/, `AuthUserFile ${this.ws.path('htpasswd')}`)];
  }

  /** What must also reach a responder that Apache starts: where sanitizers report to. */
  get startedEnv() {
    const { ASAN_OPTIONS, UBSAN_OPTIONS, TSAN_OPTIONS } = this.ws.environment();
    return { ASAN_OPTIONS, UBSAN_OPTIONS, TSAN_OPTIONS, ...this.env };
  }

  /** A graceful restart, as `apachectl graceful`, systemd's reload and logrotate do it. */
  async reload() {
    const isUp = /resuming normal operations/g;
    const starts = () => this.log().match(isUp)?.length ?? 0;
    const before = starts();
    this.child.signal('SIGUSR1');
    await eventually(() => {
      assert.ok(!this.child.end, 'apache2 has ended');
      return starts() > before;
    }, 'apache2 has restarted');
  }
}

/** mod_proxy_fcgi: the responder has a socket of its own. */
export class ApacheProxy extends Apache {
  name = 'apache-proxy';
  file = 'sse-fcgi-proxy.conf';
  modules = ['proxy', 'proxy_fcgi'];

  async prepare() {
    await super.prepare();
    this.env = { SSE_MOUNT: '/sse,/events', ...this.env };
    this.external = await startExternal(this);
  }

  settings() {
    const { idle } = this.options;
    const timeout = idle ? [`Define SSE_TIMEOUT ${idle}`] : [];
    return [...super.settings(), `Define SSE_SOCKET ${this.socket}`, ...timeout];
  }
}

/** mod_fcgid: a process a stream, started by Apache. */
export class ApacheFcgid extends Apache {
  name = 'apache-fcgid';
  file = 'sse-fcgi-fcgid.conf';
  modules = ['fcgid'];

  settings() {
    const { idle } = this.options;
    const env = Object.entries(this.startedEnv);
    return [
      ...super.settings(),
      `Define SSE_FCGI ${this.program}`,
      `FcgidIPCDir ${this.run}/fcgid`,
      `FcgidProcessTableFile ${this.run}/fcgid.shm`,
      ...(idle ? [`FcgidIOTimeout ${idle}`] : []),
      ...env.map(([name, value]) => `FcgidInitialEnv ${name} ${quoted(value)}`),
    ];
  }
}

/** mod_cgid: a process a stream, started for it. */
export class ApacheCgid extends Apache {
  name = 'apache-cgid';
  file = 'sse-fcgi-cgi.conf';
  modules = ['cgid'];

  settings() {
    const { idle } = this.options;
    const env = Object.entries(this.startedEnv);
    return [
      ...super.settings(),
      `Define SSE_FCGI ${this.program}`,
      `ScriptSock ${this.run}/cgid.sock`,
      ...(idle ? [`Define SSE_TIMEOUT ${idle}`] : []),
      ...env.map(([name, value]) => `SetEnv ${name} ${quoted(value)}`),
    ];
  }
}
