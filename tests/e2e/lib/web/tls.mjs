// A certificate for 127.0.0.1 that nobody trusts, made once a test.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';

/** Makes it in the workspace's folder: {cert, key, pem}, files; `pem` holds both. */
export function certificate(ws) {
  const [cert, key, pem] = ['tls.crt', 'tls.key', 'tls.pem'].map((name) => ws.path(name));
  if (!fs.existsSync(pem)) {
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync('openssl', ['req', ...kind, '-days', '2', ...subject, ...files], { stdio: 'pipe' });
    fs.writeFileSync(pem, fs.readFileSync(key) + fs.readFileSync(cert));
    [cert, key, pem].forEach((file) => fs.chmodSync(file, 0o644));
  }
  return { cert, key, pem };
}
