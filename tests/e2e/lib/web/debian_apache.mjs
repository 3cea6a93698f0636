// Apache as Debian configures it: a copy of /etc/apache2 in the workspace, with its modules and its site, into which
// the shipped file is put as a user does it, by a2enmod and a2enconf.
import fs from 'node:fs';
import path from 'node:path';
import { runProgram } from '../child.mjs';
import { USER, shipped } from './web_server.mjs';

const CONF_DIR = '/etc/apache2';

/** The class of a mode (apache.mjs) with Debian's configuration instead of its own. */
export function asDebianHasIt(Mode) {
  return class extends Mode {
    /** Lines at the end of Debian's site. */
    site = [];

    async prepare() {
      await super.prepare();
      this.etc = copyConfiguration(this.ws);
      this.errors = this.ws.path('log/error.log');
      const own = [`Listen 127.0.0.1:${this.port}`, 'ServerName 127.0.0.1'];
      await run(this.ws, 'a2enmod', 'asis', ...this.modules);
      const lines = [...own, ...this.settings(), ...(this.options.directives ?? []), ''];
      fs.writeFileSync(this.inEtc('ports.conf'), lines.join('\n'));
      this.edit('sites-available/000-default.conf', (text) =>
        text
          .replace('*:80', `*:${this.port}`)
          .replace('</VirtualHost>', [...this.site, '</VirtualHost>'].join('\n')),
      );
      this.add(path.basename(this.file, '.conf'), fs.readFileSync(shipped(`apache/${this.file}`)));
      for (const name of this.added) await run(this.ws, 'a2enconf', name);
    }

    inEtc(name) {
      return path.join(this.etc, name);
    }

    edit(name, change) {
      fs.writeFileSync(this.inEtc(name), change(fs.readFileSync(this.inEtc(name), 'utf8')));
    }

    /** A file in conf-available. */
    add(name, text) {
      this.added = [...(this.added ?? []), name];
      fs.writeFileSync(this.inEtc(`conf-available/${name}.conf`), text);
    }

    configuration() {
      return `ServerRoot ${this.etc}\nInclude ${this.inEtc('apache2.conf')}\n`;
    }

    environment() {
      return { ...super.environment(), ...variables(this.ws) };
    }
  };
}

/** A copy of /etc/apache2; returns its folder. */
export function copyConfiguration(ws) {
  const etc = ws.path('apache2');
  fs.cpSync(CONF_DIR, etc, { recursive: true, verbatimSymlinks: true });
  for (const name of ['log', 'run/socks', 'lock', 'state']) fs.mkdirSync(ws.path(name), { recursive: true });
  // A new installation, whatever this machine has enabled beside it.
  for (const name of ['asis', 'fcgid', 'proxy', 'proxy_fcgi', 'cgid', 'cgi']) {
    for (const end of ['load', 'conf']) fs.rmSync(path.join(etc, `mods-enabled/${name}.${end}`), { force: true });
  }
  return etc;
}

/** What Debian's envvars sets. */
function variables(ws) {
  return {
    ...{ APACHE_RUN_USER: USER ?? 'www-data', APACHE_RUN_GROUP: USER ?? 'www-data' },
    ...{ APACHE_PID_FILE: ws.path('run/apache2.pid'), APACHE_RUN_DIR: ws.path('run') },
    ...{ APACHE_LOCK_DIR: ws.path('lock'), APACHE_LOG_DIR: ws.path('log'), LANG: 'C' },
    ...{ APACHE_CONFDIR: ws.path('apache2'), APACHE_STATE_DIRECTORY: ws.path('state') },
  };
}

/** Runs a2enmod, a2enconf, apache2 -t… on the copy; returns {code, text}. */
export async function tryRun(ws, program, ...args) {
  const { code, stdout, stderr } = await runProgram(program, args, { env: ws.environment(variables(ws)) });
  return { code, text: stdout + stderr };
}

async function run(ws, program, ...args) {
  const { code, text } = await tryRun(ws, program, ...args);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${text}`);
}
