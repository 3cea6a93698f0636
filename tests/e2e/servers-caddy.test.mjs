import { Caddy } from './lib/web/caddy.mjs';
import { runMatrix } from './lib/web/matrix.mjs';

runMatrix(Caddy);
